-- Who calls some functions: the callees' side of callees_of, where few functions are left to be found.
SELECT end_id, start_id FROM {g}."CALLS" WHERE end_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
