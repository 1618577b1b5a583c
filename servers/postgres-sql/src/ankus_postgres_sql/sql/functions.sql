-- Functions of some names, or with some oids: what they may do, and what is inside those that people made.
SELECT p.oid::int8 AS oid,
       n.nspname::text AS schema,
       p.proname::text AS name,
       p.pronargs - p.pronargdefaults AS fewest,
       CASE WHEN p.provariadic <> 0 THEN 10000 ELSE p.pronargs END AS most,
       n.nspname = ANY (current_schemas(true)) AS visible,
       -- another of the same types comes before it in the search path, whatever of its arguments are given
       p.pronargdefaults = 0 AND p.provariadic = 0 AND NOT pg_function_is_visible(p.oid) AS hidden,
       p.provolatile = 'v' AS volatile,
       l.lanname IN ('internal', 'c') OR n.nspname = 'pg_catalog' AS builtin,
       l.lanname NOT IN ('internal', 'c', 'sql', 'plpgsql') AND (NOT l.lanpltrusted OR p.prosecdef) AS untrusted,
       CASE WHEN p.oid >= 16384 AND l.lanname IN ('sql', 'plpgsql') AND p.prokind = 'f'
            THEN pg_get_functiondef(p.oid) END AS definition,
       l.lanname::text AS language,
       CASE WHEN p.oid >= 16384 THEN pg_get_expr(p.proargdefaults, 0) END AS defaults,
       CASE WHEN p.oid >= 16384 THEN ARRAY(
            SELECT t.oid::int8 FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) AS u(oid)
              JOIN pg_type t USING (oid) WHERE t.oid >= 16384) END AS types,
       CASE WHEN p.prokind = 'a' AND p.oid >= 16384 THEN ARRAY(
            SELECT f.oid::int8 FROM pg_aggregate a
              JOIN pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
                                          a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
             WHERE a.aggfnoid = p.oid) END AS parts
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.proname = ANY (%(names)s) OR p.oid = ANY (%(oids)s::oid[])
