-- Operators of the given names that call something volatile.
SELECT n.nspname::text AS schema, o.oprname::text AS name
  FROM pg_operator o
  JOIN pg_namespace n ON n.oid = o.oprnamespace
  JOIN pg_proc p ON p.oid = o.oprcode
 WHERE o.oprname = ANY (%(names)s) AND p.provolatile = 'v'
