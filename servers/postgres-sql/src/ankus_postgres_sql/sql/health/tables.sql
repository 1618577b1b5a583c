-- People's tables as the statistics see them: rows, dead rows, changes since ANALYZE, age, and their own settings.
SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, c.relispartition AS partition,
       c.reltuples::float8 AS rows, c.relpages::int8 * current_setting('block_size')::int AS analyzed_bytes,
       pg_relation_size(c.oid) AS bytes,
       coalesce(s.n_live_tup, 0) AS live, coalesce(s.n_dead_tup, 0) AS dead,
       coalesce(s.n_mod_since_analyze, 0) AS modified,
       greatest(s.last_vacuum, s.last_autovacuum)::text AS vacuumed,
       greatest(s.last_analyze, s.last_autoanalyze)::text AS analyzed,
       age(c.relfrozenxid)::int8 AS age, mxid_age(c.relminmxid)::int8 AS mxid_age,
       coalesce((SELECT option_value::boolean FROM pg_options_to_table(c.reloptions)
                  WHERE option_name = 'autovacuum_enabled'), true) AS autovacuum,
       v.threshold + v.scale * greatest(c.reltuples, 0)::float8 AS vacuum_at,
       a.threshold + a.scale * greatest(c.reltuples, 0)::float8 AS analyze_at,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p') AS has_key,
       EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid
                  AND x.indpred IS NULL
                  AND NOT EXISTS (SELECT FROM unnest(x.indkey) k LEFT JOIN pg_attribute b
                                      ON b.attrelid = c.oid AND b.attnum = k
                                   WHERE b.attnotnull IS NOT TRUE)) AS has_unique
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
 CROSS JOIN LATERAL (
       SELECT coalesce(max(option_value) FILTER (WHERE option_name = 'autovacuum_vacuum_threshold'),
                       current_setting('autovacuum_vacuum_threshold'))::float8 AS threshold,
              coalesce(max(option_value) FILTER (WHERE option_name = 'autovacuum_vacuum_scale_factor'),
                       current_setting('autovacuum_vacuum_scale_factor'))::float8 AS scale
         FROM pg_options_to_table(c.reloptions)) v
 CROSS JOIN LATERAL (
       SELECT coalesce(max(option_value) FILTER (WHERE option_name = 'autovacuum_analyze_threshold'),
                       current_setting('autovacuum_analyze_threshold'))::float8 AS threshold,
              coalesce(max(option_value) FILTER (WHERE option_name = 'autovacuum_analyze_scale_factor'),
                       current_setting('autovacuum_analyze_scale_factor'))::float8 AS scale
         FROM pg_options_to_table(c.reloptions)) a
 WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
 ORDER BY 1, 2
