-- Types of the given names: the checks of domains (and of the domains below), and casts that call something volatile.
WITH RECURSIVE named AS (
    SELECT t.oid, t.typbasetype, t.typname FROM pg_type t WHERE t.typname = ANY (%(names)s)
    UNION
    SELECT b.oid, b.typbasetype, named.typname FROM named JOIN pg_type b ON b.oid = named.typbasetype
)
SELECT named.typname::text AS name,
       ARRAY(SELECT pg_get_expr(k.conbin, 0) FROM pg_constraint k
              WHERE k.contypid = named.oid AND k.conbin IS NOT NULL) AS checks,
       EXISTS (SELECT FROM pg_cast c JOIN pg_proc p ON p.oid = c.castfunc
                WHERE c.casttarget = named.oid AND p.provolatile = 'v') AS volatile
  FROM named
