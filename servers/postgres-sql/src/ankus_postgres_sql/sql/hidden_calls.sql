-- Functions that people made and that types call by themselves: in casts, and in default operator classes.
SELECT c.castsource::int8 AS type,
       CASE WHEN c.castcontext <> 'i' THEN c.casttarget::int8 END AS target,
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
