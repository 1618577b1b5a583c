-- A call for each pair of modules, with its place.
WITH pairs AS (
    SELECT * FROM unnest(%(starts)s::int[], %(ends)s::int[]) AS p (start, finish)
), place AS MATERIALIZED (
    SELECT f.id, f.name, m.module
      FROM (SELECT id, agtype_access_operator(properties, '"file"'::agtype)::text AS file,
                   agtype_access_operator(properties, '"name"'::agtype)::text AS name FROM {function}) AS f
      JOIN unnest(%(files)s::text[], %(modules)s::int[]) AS m (file, module) ON m.file = f.file
)
SELECT DISTINCT ON (p.start, p.finish) p.start, p.finish, s.name, e.name,
       agtype_access_operator(c.properties, '"file"'::agtype)::text,
       agtype_access_operator(c.properties, '"lines"'::agtype, '0'::agtype)::text::int
  FROM {calls} AS c JOIN place AS s ON s.id = c.start_id JOIN place AS e ON e.id = c.end_id
  JOIN pairs AS p ON p.start = s.module AND p.finish = e.module
 ORDER BY p.start, p.finish, c.id
