-- Which relation stands on which: views on what they read, and tables of one inheritance on each other.
SELECT DISTINCT r.ev_class::int8 AS upper, d.refobjid::int8 AS lower, true AS view
  FROM pg_depend d
  JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
 WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
UNION ALL
SELECT inhrelid::int8, inhparent::int8, false FROM pg_inherits
