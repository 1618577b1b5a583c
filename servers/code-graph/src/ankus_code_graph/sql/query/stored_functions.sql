-- Functions that are stored in some fields or variables.
SELECT DISTINCT ON (f.id) f.properties FROM {g}."POINTS" p JOIN {g}."Function" f ON f.id = p.end_id
 WHERE p.start_id = ANY((SELECT %(ids)s::graphid[])::graphid[]) ORDER BY f.id
