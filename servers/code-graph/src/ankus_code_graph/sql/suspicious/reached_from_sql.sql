-- Which of some functions, given as parallel arrays of names and files, a function of SQL reaches.
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT f.id, a.name, a.file
      FROM unnest(%(names)s::text[], %(files)s::text[]) AS a (name, file)
      JOIN {g}."Function" f
        ON ag_catalog.agtype_access_operator(f.properties, '"name"'::ag_catalog.agtype)::text = a.name
       AND ag_catalog.agtype_access_operator(f.properties, '"file"'::ag_catalog.agtype)::text = a.file
), way (origin, id, depth) AS (
    SELECT id, id, 0 FROM asked
     UNION
    SELECT way.origin, c.start_id, way.depth + 1
      FROM way JOIN {g}."CALLS" c ON c.end_id = way.id
     WHERE way.depth < %(depth)s::int
)
SELECT DISTINCT asked.name, asked.file
  FROM way JOIN asked ON asked.id = way.origin
 WHERE EXISTS (SELECT FROM {g}."IMPLEMENTS" i WHERE i.start_id = way.id)
