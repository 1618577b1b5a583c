-- Every index of people's tables: what it is made of, what it serves, how large it is and how often it is read.
SELECT n.nspname::text AS schema, t.relname::text AS "table", c.relname::text AS name, c.relkind = 'I' AS parent,
       am.amname::text AS method,
       ARRAY(SELECT format('%%s %%s %%s %%s', pg_get_indexdef(x.indexrelid, place, true), x.indclass[place - 1],
                           x.indcollation[place - 1], x.indoption[place - 1])
               FROM generate_series(1, x.indnkeyatts) place) AS keys,
       ARRAY(SELECT pg_get_indexdef(x.indexrelid, place, true)
               FROM generate_series(1, x.indnkeyatts) place) AS columns,
       ARRAY(SELECT pg_get_indexdef(x.indexrelid, place, true)
               FROM generate_series(x.indnkeyatts + 1, x.indnatts) place) AS included,
       coalesce(pg_get_expr(x.indpred, x.indrelid), '') AS predicate,
       x.indisunique AS "unique", x.indisvalid AS valid,
       x.indisprimary OR x.indisreplident OR x.indisexclusion
           OR EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid) AS keeps_rule,
       EXISTS (SELECT FROM pg_constraint k
                WHERE k.conrelid = t.oid AND k.contype = 'f' AND k.conkey[1] = x.indkey[0]) AS serves_foreign_key,
       EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid) AS building,
       pg_relation_size(c.oid) AS bytes,
       CASE WHEN c.relkind = 'I'
            THEN (SELECT sum(s.idx_scan)::int8 FROM pg_partition_tree(c.oid) p
                    JOIN pg_stat_user_indexes s ON s.indexrelid = p.relid)
            ELSE pg_stat_get_numscans(c.oid) END AS scans,
       coalesce(u.seq_scan, 0) + coalesce(u.idx_scan, 0) AS table_reads,
       coalesce(u.n_tup_ins + u.n_tup_upd + u.n_tup_del, 0) AS writes,
       extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time()))::float8 AS age
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indexrelid
  JOIN pg_class t ON t.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_stat_user_tables u ON u.relid = t.oid
  LEFT JOIN pg_stat_database d ON d.datname = current_database()
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = t.oid AND e.deptype = 'e')
 ORDER BY 1, 2, 3
