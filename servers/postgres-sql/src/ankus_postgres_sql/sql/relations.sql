-- Relations of some names: what stands behind the views, policies and indexes that people made.
SELECT c.oid::int8 AS oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       pg_table_is_visible(c.oid) AS visible,
       CASE WHEN c.relkind = 'v' AND c.oid >= 16384 THEN pg_get_viewdef(c.oid) END AS definition,
       CASE WHEN c.relrowsecurity THEN ARRAY(
            SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p
             WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL) END AS policies,
       CASE WHEN c.relkind = 'f' OR c.relhassubclass THEN EXISTS (
            WITH RECURSIVE family(oid) AS (
                SELECT c.oid UNION SELECT i.inhrelid FROM family f JOIN pg_inherits i ON i.inhparent = f.oid)
            SELECT FROM family JOIN pg_foreign_table f ON f.ftrelid = family.oid, unnest(f.ftoptions) AS o(option)
             WHERE o.option LIKE 'program=%%') END AS program,
       CASE WHEN c.oid >= 16384 THEN ARRAY(
            SELECT DISTINCT f.oid::int8 FROM pg_index i
             CROSS JOIN unnest(i.indclass::oid[]) AS u(class)
              JOIN pg_opclass o ON o.oid = u.class AND o.oid >= 16384
              JOIN pg_amproc m ON m.amprocfamily = o.opcfamily
              JOIN pg_proc f ON f.oid = m.amproc AND f.oid >= 16384
              JOIN pg_language l ON l.oid = f.prolang AND l.lanname NOT IN ('c', 'internal')
             WHERE i.indrelid = c.oid
             UNION
            -- which the planner may run when it plans: in indexes, statistics, partition keys and checks
            SELECT f.oid::int8
              FROM (WITH RECURSIVE family(oid) AS (
                        SELECT c.oid
                         UNION SELECT i.inhrelid FROM family f JOIN pg_inherits i ON i.inhparent = f.oid)
                    SELECT f.oid, 'pg_class'::regclass AS class FROM family f
                     UNION ALL SELECT i.indexrelid, 'pg_class' FROM family f JOIN pg_index i ON i.indrelid = f.oid
                     UNION ALL SELECT s.oid, 'pg_statistic_ext' FROM family f JOIN pg_statistic_ext s ON s.stxrelid = f.oid
                     UNION ALL SELECT k.oid, 'pg_constraint' FROM family f JOIN pg_constraint k ON k.conrelid = f.oid
                   ) AS part(oid, class)
              JOIN pg_depend d ON d.classid = part.class AND d.objid = part.oid
              LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
              JOIN pg_proc f ON f.oid = CASE WHEN d.refclassid = 'pg_proc'::regclass THEN d.refobjid ELSE o.oprcode END
              JOIN pg_language l ON l.oid = f.prolang AND l.lanname IN ('sql', 'plpgsql')
             WHERE f.provolatile = 'i') END AS functions,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS columns,
       c.reltype::int8 AS type
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY (%(names)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
