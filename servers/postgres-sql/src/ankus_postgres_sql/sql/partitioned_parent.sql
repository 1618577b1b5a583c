-- The partitioned table that a table of some name is a part of.
SELECT n.nspname::text AS schema, p.relname::text AS name, pg_table_is_visible(p.oid) AS visible
  FROM pg_class c
  JOIN pg_class p ON p.oid = pg_partition_root(c.oid)
  JOIN pg_namespace n ON n.oid = p.relnamespace
 WHERE c.relname = %(table)s AND c.relispartition AND c.relkind IN ('r', 'p', 'f')
 ORDER BY pg_table_is_visible(c.oid) DESC, c.oid
 LIMIT 1
