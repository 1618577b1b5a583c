-- What some names stand for, and the indexes of tables; a name without schema is looked up on the path.
SELECT wanted.schema AS wanted_schema, c.relname::text AS name, c.relkind::text AS kind,
       ARRAY(SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
              WHERE x.indrelid = c.oid AND x.indisvalid ORDER BY i.relname) AS indexes
  FROM unnest(%(schemas)s::text[], %(tables)s::text[]) AS wanted(schema, name)
  JOIN pg_class c ON c.relname = wanted.name AND c.relkind IN ('r', 'p', 'm', 'f', 'v')
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = wanted.schema OR (wanted.schema IS NULL AND pg_table_is_visible(c.oid))
