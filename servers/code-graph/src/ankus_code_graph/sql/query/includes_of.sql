-- What some files include: from, to, and the lines of the first such edge.
SELECT DISTINCT ON (start_id, end_id) start_id, end_id, properties
  FROM {g}."INCLUDES" WHERE start_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
 ORDER BY start_id, end_id, id
