-- Operators of some names that people made, with the functions that they, or what the planner puts for them, call.
SELECT n.nspname::text AS schema,
       o.oprname::text AS name,
       pg_operator_is_visible(o.oid) AS visible,
       ARRAY(SELECT x.oprcode::oid::int8 FROM pg_operator x
              WHERE x.oid IN (o.oid, o.oprcom, o.oprnegate) AND x.oprcode <> 0) AS functions
  FROM pg_operator o
  JOIN pg_namespace n ON n.oid = o.oprnamespace
 WHERE o.oprname = ANY (%(names)s) AND o.oid >= 16384
