-- Functions that one of some functions calls in the text or through macros.
SELECT DISTINCT end_id FROM {g}."CALLS"
 WHERE start_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
   AND (%(least)s::float8 = 0 OR agtype_access_operator(properties, '"confidence"'::agtype)::float8 >= %(least)s::float8)
