-- Schemas that the role may use, with how many tables it may read there.
SELECT n.nspname::text AS name,
       obj_description(n.oid, 'pg_namespace') AS comment,
       n.nspname = ANY (current_schemas(false)) AS in_path,
       (SELECT count(*) FROM pg_class c
         WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
           AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))) AS tables
  FROM pg_namespace n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')
 ORDER BY in_path DESC, name
