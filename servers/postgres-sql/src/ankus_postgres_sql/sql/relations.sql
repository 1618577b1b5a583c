-- Relations with one of the names: the definitions of views that people made, and the names of columns.
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       n.nspname = ANY (current_schemas(true)) AS visible,
       CASE WHEN c.relkind = 'v' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            THEN pg_get_viewdef(c.oid) END AS definition,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS columns
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY (%(names)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
