-- Every column of what people made, and whether a role may read it.
SELECT c.oid::int8 AS oid, n.nspname::text AS schema, c.relname::text AS table, c.relkind::text AS kind,
       c.relrowsecurity AS row_security, a.attname::text AS column, format_type(a.atttypid, a.atttypmod) AS type,
       a.attgenerated <> '' AS generated,
       COALESCE(obj_description(c.oid, 'pg_class'), '') LIKE %(mark)s AS ours,
       EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s)
           AND has_column_privilege((SELECT oid FROM pg_roles WHERE rolname = %(role)s), c.oid, a.attnum, 'SELECT')
           AS readable,
       ARRAY(SELECT s.attname::text FROM pg_attrdef d
               JOIN pg_depend p ON p.refobjid = c.oid AND p.refobjsubid <> a.attnum AND p.refobjsubid > 0
                    AND ((p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid)
                         OR (p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.objsubid = a.attnum))
               JOIN pg_attribute s ON s.attrelid = c.oid AND s.attnum = p.refobjsubid
              WHERE d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated <> '') AS sources
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, c.relname, a.attnum
