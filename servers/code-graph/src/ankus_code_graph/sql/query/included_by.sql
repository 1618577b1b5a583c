-- Which files include some files: to, from, and the lines of the first such edge.
SELECT DISTINCT ON (start_id, end_id) end_id, start_id, properties
  FROM {g}."INCLUDES" WHERE end_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
 ORDER BY start_id, end_id, id
