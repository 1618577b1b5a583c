-- Columns of some tables that the role may read, with the labels of enums and what ANALYZE found.
SELECT a.attrelid::int8 AS oid,
       a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       t.typcategory::text AS category,
       a.attnotnull AS required,
       CASE WHEN a.attidentity <> '' THEN 'identity' WHEN a.attgenerated <> '' THEN 'generated'
            ELSE pg_get_expr(d.adbin, d.adrelid) END AS "default",
       col_description(a.attrelid, a.attnum) AS comment,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = a.atttypid ORDER BY e.enumsortorder)
           AS labels,
       s.n_distinct::float8 AS n_distinct,
       s.most_common_vals::text::text[] AS common,
       s.histogram_bounds::text::text[] AS bounds
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN LATERAL (
       SELECT * FROM pg_stats s
        WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
        ORDER BY s.inherited DESC LIMIT 1) s ON t.typcategory IN ('S', 'E', 'B', 'D', 'N')
 WHERE a.attrelid = ANY (%(oids)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
   AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
 ORDER BY a.attrelid, a.attnum
