-- Rows and blocks of some tables, as of the last VACUUM or ANALYZE.
SELECT n.nspname::text AS schema, c.relname::text AS name,
       greatest(c.reltuples, 0)::float8 AS rows, c.relpages::int AS blocks
  FROM unnest(%(schemas)s::text[], %(tables)s::text[]) AS wanted(schema, name)
  JOIN pg_namespace n ON n.nspname = wanted.schema
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
