-- Sequences: how far they may go, what column they fill, and how far they went where the role may see it.
SELECT n.nspname::text AS schema, c.relname::text AS name,
       q.seqmax AS "limit",
       CASE format_type(a.atttypid, NULL) WHEN 'smallint' THEN 32767 WHEN 'integer' THEN 2147483647 END::int8
           AS column_limit,
       tn.nspname::text AS table_schema, t.relname::text AS "table", a.attname::text AS "column",
       format_type(a.atttypid, NULL) AS type,
       has_sequence_privilege(c.oid, 'SELECT, USAGE') AS readable,
       CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') THEN pg_sequence_last_value(c.oid) END AS last,
       coalesce(has_column_privilege(t.oid, a.attnum, 'SELECT') AND has_schema_privilege(tn.oid, 'USAGE'), false)
           AND EXISTS (SELECT FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
                        WHERE x.indrelid = t.oid AND x.indkey[0] = a.attnum AND x.indisvalid
                          AND x.indpred IS NULL AND m.amname = 'btree') AS indexed
  FROM pg_sequence q
  JOIN pg_class c ON c.oid = q.seqrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                       AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_class t ON t.oid = d.refobjid
  LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
 WHERE q.seqincrement > 0 AND NOT q.seqcycle AND n.nspname !~ '^pg_'
 ORDER BY 1, 2
