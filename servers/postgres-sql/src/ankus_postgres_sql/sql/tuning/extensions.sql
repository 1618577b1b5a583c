-- Extensions that help to tune: where they are, whether they could be had, and whether they are loaded.
SELECT a.name::text AS name, n.nspname::text AS schema
  FROM pg_available_extensions a
  LEFT JOIN pg_extension e ON e.extname = a.name
  LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE a.name IN ('pg_stat_statements', 'hypopg', 'pg_trgm')
