-- Functions that people made and that types call by themselves: in casts, in default operator classes, and in those
-- of ranges; and domains whose checks call any function. A cast to text is meant by || too.
SELECT c.castsource::int8 AS type,
       CASE WHEN c.castcontext <> 'i' AND c.casttarget <> 'text'::regtype THEN c.casttarget::int8 END AS target,
       p.oid::int8 AS function,
       format('the cast from %%s to %%s', c.castsource::regtype, c.casttarget::regtype) AS place
  FROM pg_cast c
  JOIN pg_proc p ON p.oid = c.castfunc
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.oid >= 16384 AND (p.provolatile = 'v' OR l.lanname NOT IN ('c', 'internal'))
 UNION ALL
SELECT o.opcintype::int8, NULL, p.oid::int8, format('the operator class %%s', o.opcname)
  FROM pg_opclass o
  JOIN pg_amproc m ON m.amprocfamily = o.opcfamily
  JOIN pg_proc p ON p.oid = m.amproc
  JOIN pg_language l ON l.oid = p.prolang
 WHERE o.opcdefault AND o.oid >= 16384 AND p.oid >= 16384
   AND (p.provolatile = 'v' OR l.lanname NOT IN ('c', 'internal'))
   AND pg_get_function_result(p.oid) <> 'internal' AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[])
 UNION ALL
SELECT range.type::int8, NULL, p.oid::int8, format('the range type %%s', r.rngtypid::regtype)
  FROM pg_range r
 CROSS JOIN LATERAL (VALUES (r.rngtypid), (r.rngmultitypid)) AS range(type)
  JOIN pg_opclass o ON o.oid = r.rngsubopc
  JOIN pg_amproc m ON m.amprocfamily = o.opcfamily
  JOIN pg_proc p ON p.oid = m.amproc
  JOIN pg_language l ON l.oid = p.prolang
 WHERE o.oid >= 16384 AND p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
 UNION ALL
SELECT k.contypid::int8, NULL, NULL, 'the domain'
  FROM pg_constraint k
 WHERE k.contypid >= 16384 AND (k.conbin::text LIKE '%%{FUNCEXPR%%' OR EXISTS (
       SELECT FROM pg_depend d
        WHERE d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
          AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)))
