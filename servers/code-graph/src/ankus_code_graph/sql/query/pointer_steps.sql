-- Calls through a pointer, of each function of the page the first few: start, end, holder, the call, the storing.
SELECT start_id, end_id, holder, dispatch, points
  FROM (SELECT d.start_id, p.end_id, p.start_id AS holder, d.properties AS dispatch, p.properties AS points,
               row_number() OVER (
                   PARTITION BY CASE WHEN %(by)s = 'start' THEN d.start_id ELSE p.end_id END
                   ORDER BY d.id, p.id) AS turn
          FROM {g}."POINTS" p
          JOIN {g}."DISPATCHES" d ON d.end_id = p.start_id
         WHERE p.end_id = ANY((SELECT %(ends)s::graphid[])::graphid[])
           AND d.start_id = ANY(%(starts)s::graphid[])) AS e
 WHERE turn <= %(most)s::bigint
