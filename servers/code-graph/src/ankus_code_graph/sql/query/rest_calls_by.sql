-- Whom some functions call: the callers' side of callers_of, where few functions are left to be found.
SELECT start_id, end_id FROM {g}."CALLS" WHERE start_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
