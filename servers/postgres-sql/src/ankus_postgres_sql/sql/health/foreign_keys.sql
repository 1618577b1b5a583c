-- Foreign keys whose columns lead no index of their table.
SELECT n.nspname::text AS schema, c.relname::text AS "table", k.conname::text AS name,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(attnum, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum ORDER BY u.place) AS columns,
       tn.nspname::text AS target_schema, tc.relname::text AS target, c.relkind = 'p' AS partitioned,
       c.reltuples::float8 AS rows,
       CASE WHEN c.relkind = 'p' THEN (SELECT coalesce(sum(pg_relation_size(p.relid)), 0)::int8 FROM pg_partition_tree(c.oid) p)
            ELSE pg_relation_size(c.oid) END AS bytes,
       coalesce(s.n_tup_upd, 0) + coalesce(s.n_tup_del, 0) AS target_changes
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class tc ON tc.oid = k.confrelid
  JOIN pg_namespace tn ON tn.oid = tc.relnamespace
  LEFT JOIN pg_stat_user_tables s ON s.relid = tc.oid
 WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT c.relispartition
   AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
   AND NOT EXISTS (
       SELECT FROM pg_index x
        WHERE x.indrelid = k.conrelid AND x.indisvalid
          AND (x.indpred IS NULL OR pg_get_expr(x.indpred, x.indrelid) ~ '^\([^()]+ IS NOT NULL\)$')
          AND (x.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
 ORDER BY 1, 2, 3
