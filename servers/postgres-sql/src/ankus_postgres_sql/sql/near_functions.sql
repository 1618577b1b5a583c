-- Names of functions that the role may call, for a guess at what was meant.
SELECT DISTINCT p.proname::text AS name
  FROM pg_proc p
 WHERE pg_function_is_visible(p.oid) AND p.prokind IN ('f', 'a', 'w') AND p.proname !~ '^(pg_|_|RI_)'
   AND NOT EXISTS (SELECT FROM pg_type t WHERE p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend))
