-- Primary, unique and foreign keys of some tables, and foreign keys that point at them.
SELECT k.conrelid::int8 AS oid,
       k.confrelid::int8 AS target_oid,
       k.contype::text AS kind,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(attnum, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum ORDER BY u.place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(attnum, place)
               JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum ORDER BY u.place) AS target_columns,
       n.nspname::text AS schema, c.relname::text AS name, pg_table_is_visible(c.oid) AS visible,
       tn.nspname::text AS target_schema, tc.relname::text AS target_name,
       pg_table_is_visible(tc.oid) AS target_visible
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class tc ON tc.oid = k.confrelid
  LEFT JOIN pg_namespace tn ON tn.oid = tc.relnamespace
 WHERE k.contype IN ('p', 'u', 'f') AND k.conparentid = 0 AND NOT c.relispartition
   AND (k.conrelid = ANY (%(oids)s::oid[]) OR (k.contype = 'f' AND k.confrelid = ANY (%(oids)s::oid[])))
 ORDER BY k.conrelid, k.contype DESC, k.conname
