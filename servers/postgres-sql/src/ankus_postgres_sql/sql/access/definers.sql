-- Functions that a role may call and that run with the rights of another; volatile ones never run anyway.
SELECT p.oid::regprocedure::text AS name
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND p.provolatile <> 'v' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
 ORDER BY 1
