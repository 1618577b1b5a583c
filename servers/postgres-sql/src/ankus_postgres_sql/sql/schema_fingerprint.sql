-- What the index of the schema depends on, in one row: who asks, and the versions of the catalog's rows that
-- people made. A row's xmin changes with each change of it; ANALYZE changes none of these.
SELECT current_user::text AS role,
       current_schemas(false)::text AS path,
       (SELECT ARRAY[count(*), sum(xmin::text::int8)] FROM pg_class
         WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't')::text AS relations,
       (SELECT ARRAY[count(*), sum(a.xmin::text::int8)] FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
           AND a.attnum > 0)::text AS columns,
       (SELECT ARRAY[count(*), sum(xmin::text::int8)] FROM pg_constraint WHERE oid >= 16384)::text AS keys,
       (SELECT ARRAY[count(*), sum(xmin::text::int8)] FROM pg_description WHERE objoid >= 16384)::text AS comments,
       (SELECT ARRAY[count(*), sum(xmin::text::int8)] FROM pg_enum)::text AS labels,
       (SELECT ARRAY[count(*), sum(xmin::text::int8)] FROM pg_namespace)::text AS schemas,
       (SELECT ARRAY[count(*), sum(xmin::text::int8)] FROM pg_auth_members)::text AS memberships
