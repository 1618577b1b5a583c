-- The functions of each module that are called from most: by functions outside of it, and by functions at all.
WITH place AS MATERIALIZED (
    SELECT f.id, m.module
      FROM (SELECT id, agtype_access_operator(properties, '"file"'::agtype)::text AS file FROM {function}) AS f
      JOIN unnest(%(files)s::text[], %(modules)s::int[]) AS m (file, module) ON m.file = f.file
), counted AS (
    SELECT c.end_id AS id, e.module, count(*) AS callers,
           count(*) FILTER (WHERE s.module <> e.module) AS outside
      FROM {calls} AS c JOIN place AS s ON s.id = c.start_id JOIN place AS e ON e.id = c.end_id
     WHERE c.start_id <> c.end_id AND e.module = ANY (%(shown)s::int[])
     GROUP BY c.end_id, e.module
), ranked AS (
    SELECT id, module, callers, outside,
           row_number() OVER (PARTITION BY module ORDER BY outside DESC, callers DESC, id) AS entry,
           row_number() OVER (PARTITION BY module ORDER BY callers DESC, id) AS hub
      FROM counted
)
SELECT r.module, agtype_access_operator(f.properties, '"name"'::agtype)::text,
       agtype_access_operator(f.properties, '"file"'::agtype)::text,
       agtype_access_operator(f.properties, '"line"'::agtype)::text::int,
       r.callers, r.outside, r.entry <= %(most)s AND r.outside > 0, r.hub <= %(most)s
  FROM ranked AS r JOIN {function} AS f ON f.id = r.id
 WHERE (r.entry <= %(most)s AND r.outside > 0) OR r.hub <= %(most)s
 ORDER BY r.module, r.entry, r.hub
