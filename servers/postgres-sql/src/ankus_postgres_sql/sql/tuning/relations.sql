-- Relations of some names, as far as the role may read them: columns with ANALYZE's figures, indexes, counts of writes.
SELECT c.oid::int8 AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
       n.nspname = ANY (current_schemas(true)) AS visible,
       array_position(current_schemas(true), n.nspname) AS place,
       CASE WHEN c.relkind = 'p' THEN (SELECT sum(greatest(l.reltuples, 0))::float8 FROM pg_partition_tree(c.oid) p
                                         JOIN pg_class l ON l.oid = p.relid WHERE p.isleaf)
            ELSE c.reltuples::float8 END AS rows,
       CASE WHEN c.relkind = 'p' THEN (SELECT sum(pg_relation_size(p.relid))::int8 FROM pg_partition_tree(c.oid) p)
            ELSE pg_relation_size(c.oid) END AS bytes,
       CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END AS definition,
       coalesce(u.n_tup_ins, 0) AS inserts, coalesce(u.n_tup_upd, 0) AS updates,
       coalesce(u.n_tup_hot_upd, 0) AS hot, coalesce(u.n_tup_del, 0) AS deletes,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', a.attname, 'type', format_type(a.atttypid, NULL), 'category', t.typcategory,
                   'required', a.attnotnull, 'distinct', s.n_distinct, 'nulls', s.null_frac, 'width', s.avg_width,
                   'common', CASE WHEN t.typcategory IN ('S', 'E', 'B', 'D', 'N') THEN s.most_common_vals::text::text[] END,
                   'shares', CASE WHEN t.typcategory IN ('S', 'E', 'B', 'D', 'N') THEN s.most_common_freqs END)
                   ORDER BY a.attnum), '[]')
          FROM pg_attribute a
          JOIN pg_type t ON t.oid = a.atttypid
          LEFT JOIN LATERAL (SELECT * FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname
                                AND s.attname = a.attname ORDER BY s.inherited DESC LIMIT 1) s ON true
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', format('%%I.%%I', n.nspname, i.relname), 'method', m.amname, 'unique', x.indisunique,
                   'keys', ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, false)
                                   FROM generate_series(1, x.indnkeyatts) k),
                   'classes', ARRAY(SELECT o.opcname::text FROM generate_series(0, x.indnkeyatts - 1) k
                                      JOIN pg_opclass o ON o.oid = x.indclass[k] ORDER BY k),
                   'included', ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, false)
                                       FROM generate_series(x.indnkeyatts + 1, x.indnatts) k),
                   'predicate', pg_get_expr(x.indpred, x.indrelid)) ORDER BY i.relname), '[]')
          FROM pg_index x
          JOIN pg_class i ON i.oid = x.indexrelid
          JOIN pg_am m ON m.oid = i.relam
         WHERE x.indrelid = c.oid AND x.indisvalid) AS indexes
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_user_tables u ON u.relid = c.oid
 WHERE c.relname = ANY (%(names)s) AND c.relkind IN ('r', 'p', 'm', 'v') AND has_schema_privilege(n.oid, 'USAGE')
   AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
 ORDER BY place NULLS LAST, schema
