-- Which of some functions, by name, call one of the targets by a way of at most %(depth)s calls.
WITH RECURSIVE named AS MATERIALIZED (
    SELECT id, ag_catalog.agtype_access_operator(properties, '"name"'::ag_catalog.agtype)::text AS name
      FROM {g}."Function"
), blocked AS MATERIALIZED (
    SELECT id FROM named WHERE name = ANY (%(through)s::text[])
), way (id, depth) AS (
    SELECT id, 0 FROM named WHERE name = ANY (%(targets)s::text[])
     UNION
    SELECT c.start_id, way.depth + 1
      FROM way JOIN {g}."CALLS" c ON c.end_id = way.id
     WHERE way.depth < %(depth)s::int AND c.start_id NOT IN (SELECT id FROM blocked)
)
SELECT DISTINCT named.name
  FROM way JOIN named USING (id)
 WHERE way.depth > 0 AND named.name = ANY (%(names)s::text[])
