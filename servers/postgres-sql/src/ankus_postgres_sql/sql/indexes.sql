-- Indexes of one table as people read them.
SELECT i.relname::text AS name, x.indisunique AS "unique", am.amname::text AS method,
       ARRAY(SELECT pg_get_indexdef(x.indexrelid, place, true) FROM generate_series(1, x.indnkeyatts) place)
           AS columns,
       pg_get_expr(x.indpred, x.indrelid) AS predicate
  FROM pg_index x
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_am am ON am.oid = i.relam
 WHERE x.indrelid = %(oid)s AND x.indislive
 ORDER BY x.indisprimary DESC, i.relname
