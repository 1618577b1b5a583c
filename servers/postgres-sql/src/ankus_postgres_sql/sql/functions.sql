-- Every function with one of the names, and whether it, or what an aggregate of that name calls, is volatile.
SELECT n.nspname::text AS schema,
       p.proname::text AS name,
       p.pronargs - p.pronargdefaults AS fewest,
       CASE WHEN p.provariadic <> 0 THEN 10000 ELSE p.pronargs END AS most,
       n.nspname = ANY (current_schemas(true)) AS visible,
       p.provolatile = 'v' OR EXISTS (
           SELECT FROM pg_aggregate a
             JOIN pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
                                         a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
            WHERE a.aggfnoid = p.oid AND f.provolatile = 'v') AS volatile,
       l.lanname IN ('internal', 'c') OR n.nspname = 'pg_catalog' AS builtin,
       NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c') AS untrusted
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.proname = ANY (%(names)s)
