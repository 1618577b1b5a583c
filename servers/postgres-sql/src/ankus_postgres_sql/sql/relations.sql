-- Relations of some names: what stands behind the views, policies and indexes that people made.
SELECT c.oid::int8 AS oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       n.nspname = ANY (current_schemas(true)) AS visible,
       CASE WHEN c.relkind = 'v' AND c.oid >= 16384 THEN pg_get_viewdef(c.oid) END AS definition,
       CASE WHEN c.relrowsecurity THEN ARRAY(
            SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p
             WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL) END AS policies,
       CASE WHEN c.relkind = 'f' OR c.relhassubclass THEN EXISTS (
            WITH RECURSIVE family(oid) AS (
                SELECT c.oid UNION SELECT i.inhrelid FROM family f JOIN pg_inherits i ON i.inhparent = f.oid)
            SELECT FROM family JOIN pg_foreign_table f ON f.ftrelid = family.oid, unnest(f.ftoptions) AS o(option)
             WHERE o.option LIKE 'program=%%') END AS program,
       CASE WHEN c.relhasindex AND c.oid >= 16384 THEN ARRAY(
            SELECT DISTINCT f.oid::int8 FROM pg_index i
             CROSS JOIN unnest(i.indclass::oid[]) AS u(class)
              JOIN pg_opclass o ON o.oid = u.class AND o.oid >= 16384
              JOIN pg_amproc m ON m.amprocfamily = o.opcfamily
              JOIN pg_proc f ON f.oid = m.amproc AND f.oid >= 16384
              JOIN pg_language l ON l.oid = f.prolang AND l.lanname NOT IN ('c', 'internal')
             WHERE i.indrelid = c.oid) END AS functions,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS columns,
       c.reltype::int8 AS type
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY (%(names)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
