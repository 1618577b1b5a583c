-- Functions that are stored in a pointer through which one of some functions calls.
SELECT DISTINCT p.end_id
  FROM (SELECT DISTINCT end_id FROM {g}."DISPATCHES" WHERE start_id = ANY((SELECT %(ids)s::graphid[])::graphid[])) d
  JOIN {g}."POINTS" p ON p.start_id = d.end_id
