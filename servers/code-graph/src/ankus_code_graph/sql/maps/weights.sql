-- How many edges of each kind lead from file to file, both by their place in the order of ids, from 1. The
-- properties of the edges are not read: both ends are joined to (id, file), of which there are far fewer.
WITH files AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY id)::int AS file,
           agtype_access_operator(properties, '"path"'::agtype) AS path
      FROM {file}
), functions AS MATERIALIZED (
    SELECT f.id, files.file
      FROM {function} AS f JOIN files ON files.path = agtype_access_operator(f.properties, '"file"'::agtype)
), variables AS MATERIALIZED (
    SELECT v.id, files.file
      FROM {variable} AS v JOIN files ON files.path = agtype_access_operator(v.properties, '"file"'::agtype)
), uses AS (
    SELECT start_id, end_id FROM {reads} UNION SELECT start_id, end_id FROM {writes}
)
SELECT 0, s.file, e.file, count(*)
  FROM {calls} AS c JOIN functions AS s ON s.id = c.start_id JOIN functions AS e ON e.id = c.end_id
 WHERE s.file <> e.file GROUP BY 2, 3
UNION ALL
SELECT 1, s.file, e.file, count(*)
  FROM {includes} AS i JOIN files AS s ON s.id = i.start_id JOIN files AS e ON e.id = i.end_id
 WHERE s.file <> e.file GROUP BY 2, 3
UNION ALL
SELECT 2, s.file, e.file, count(*)
  FROM uses AS u JOIN functions AS s ON s.id = u.start_id JOIN variables AS e ON e.id = u.end_id
 WHERE s.file <> e.file GROUP BY 2, 3
