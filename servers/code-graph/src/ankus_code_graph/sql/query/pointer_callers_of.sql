-- Functions that call through a pointer in which one of some functions is stored.
SELECT DISTINCT d.start_id
  FROM (SELECT DISTINCT start_id FROM {g}."POINTS" WHERE end_id = ANY((SELECT %(ids)s::graphid[])::graphid[])) p
  JOIN {g}."DISPATCHES" d ON d.end_id = p.start_id
