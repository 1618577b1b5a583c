-- Functions that call one of some functions in the text or through macros.
SELECT DISTINCT start_id FROM {g}."CALLS"
 WHERE end_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
   AND (%(least)s::float8 = 0 OR agtype_access_operator(properties, '"confidence"'::agtype)::float8 >= %(least)s::float8)
