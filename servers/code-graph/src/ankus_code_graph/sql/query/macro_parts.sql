-- What the bodies of some macros name: macros and functions.
SELECT DISTINCT end_id FROM {g}."MACRO_CALLS" WHERE start_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
