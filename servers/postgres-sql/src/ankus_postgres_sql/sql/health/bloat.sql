-- Pages that tables and their B-tree indexes take, beside those that their rows would need by ANALYZE's widths.
-- Headers: 24 bytes of a page, 24 + 4 of a row; 8 + 4 of an index entry. Widths are aligned to 8 bytes.
WITH widths AS (
    SELECT c.oid, c.reltuples::float8 AS rows,
           sum((1 - s.null_frac) * s.avg_width)::float8 AS width, count(*) AS known,
           bool_or(s.null_frac > 0) AS nulls
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND NOT s.inherited
     WHERE c.relkind IN ('r', 'm') AND c.reltuples >= 0 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     GROUP BY c.oid
), found AS (
    SELECT c.oid, 'table' AS what, w.rows,
           ceil(w.rows * (28 + CASE WHEN w.nulls THEN 8 ELSE 0 END + ceil(w.width / 8) * 8)
                / (current_setting('block_size')::int - 24)
                / (coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions)
                              WHERE option_name = 'fillfactor'), 100) / 100.0)) AS needed
      FROM widths w JOIN pg_class c USING (oid)
     WHERE w.known = (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
    UNION ALL
    SELECT i.oid, 'index', w.rows,
           ceil(i.reltuples * (12 + ceil(k.width / 8) * 8) / (current_setting('block_size')::int - 40)
                / (coalesce((SELECT option_value::int FROM pg_options_to_table(i.reloptions)
                              WHERE option_name = 'fillfactor'), 90) / 100.0)) + 1
      FROM widths w
      JOIN pg_index x ON x.indrelid = w.oid AND x.indisvalid AND x.indexprs IS NULL
      JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_am am ON am.oid = i.relam AND am.amname = 'btree'
      JOIN pg_class t ON t.oid = w.oid
      JOIN pg_namespace n ON n.oid = t.relnamespace
     CROSS JOIN LATERAL (
           SELECT sum(s.avg_width)::float8 AS width, count(*) AS known
             FROM unnest(x.indkey) u(attnum)
             JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.attnum
             JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = t.relname
                            AND s.attname = a.attname AND NOT s.inherited) k
     WHERE k.known = x.indnatts
)
SELECT n.nspname::text AS schema, c.relname::text AS name, f.what, f.rows, c.oid::int8 AS oid,
       pg_relation_size(c.oid) AS bytes,
       (f.needed * current_setting('block_size')::int)::int8 AS needed,
       NULL::float8 AS measured
  FROM found f
  JOIN pg_class c USING (oid)
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE pg_relation_size(c.oid) - f.needed * current_setting('block_size')::int >= %(least)s
 ORDER BY pg_relation_size(c.oid) - f.needed * current_setting('block_size')::int DESC
 LIMIT 20
