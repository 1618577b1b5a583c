-- Macros whose body names one of some macros.
SELECT DISTINCT start_id FROM {g}."MACRO_CALLS" WHERE end_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
