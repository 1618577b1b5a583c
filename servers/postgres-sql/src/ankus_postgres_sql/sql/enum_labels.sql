-- The labels of an enum.
SELECT e.enumlabel::text AS label
  FROM pg_enum e
  JOIN pg_type t ON t.oid = e.enumtypid
 WHERE t.typname = %(type_name)s
 ORDER BY e.enumsortorder
