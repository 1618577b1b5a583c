-- How many of some functions can be called in ways that no edge shows: their address is taken, or they are
-- stored in a pointer that no call is known to go through.
SELECT count(DISTINCT end_id) FROM (
    SELECT end_id FROM {g}."ADDRESSES" WHERE end_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
    UNION ALL
    SELECT p.end_id FROM {g}."POINTS" p
     WHERE p.end_id = ANY((SELECT %(ids)s::graphid[])::graphid[])
       AND NOT EXISTS (SELECT FROM {g}."DISPATCHES" d WHERE d.end_id = p.start_id)) AS e
