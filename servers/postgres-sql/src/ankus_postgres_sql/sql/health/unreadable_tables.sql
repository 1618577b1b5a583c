-- Tables whose columns' statistics the role may not see.
SELECT format('%%I.%%I', n.nspname, c.relname) AS name, count(*) OVER () AS total
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT has_table_privilege(c.oid, 'SELECT')
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
 ORDER BY pg_relation_size(c.oid) DESC
 LIMIT 3
