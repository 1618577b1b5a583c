-- Types of some names, or with some oids, and the types within them: the checks of domains.
WITH RECURSIVE within AS (
    SELECT t.oid, t.oid AS root FROM pg_type t
     WHERE t.typname = ANY (%(names)s) OR t.oid = ANY (%(oids)s::oid[])
    UNION
    SELECT part.oid, w.root
      FROM within w
      JOIN pg_type t ON t.oid = w.oid AND t.oid >= 16384
     CROSS JOIN LATERAL (
           SELECT t.typbasetype
            UNION ALL SELECT t.typelem
            UNION ALL SELECT a.atttypid FROM pg_attribute a
                       WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
           ) AS part(oid)
     WHERE part.oid <> 0
)
SELECT t.oid::int8 AS oid,
       n.nspname::text AS schema,
       t.typname::text AS name,
       pg_type_is_visible(t.oid) AS visible,
       ARRAY(SELECT w.oid::int8 FROM within w WHERE w.root = t.oid AND w.oid >= 16384) AS parts,
       ARRAY(SELECT pg_get_expr(k.conbin, 0) FROM within w
               JOIN pg_constraint k ON k.contypid = w.oid AND k.conbin IS NOT NULL
              WHERE w.root = t.oid) AS checks
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.oid IN (SELECT root FROM within)
