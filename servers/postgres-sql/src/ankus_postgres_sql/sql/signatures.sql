-- How functions of some names are called.
SELECT p.proname::text AS name, pg_get_function_arguments(p.oid) AS arguments
  FROM pg_proc p
 WHERE p.proname = ANY (%(names)s) AND pg_function_is_visible(p.oid)
 ORDER BY p.proname, p.pronargs
