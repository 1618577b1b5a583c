-- The same as taken_of, of all functions, where many are asked for.
SELECT end_id FROM {g}."ADDRESSES" WHERE end_id BETWEEN %(low)s::graphid AND %(high)s::graphid
UNION
SELECT p.end_id FROM {g}."POINTS" p
 WHERE NOT EXISTS (SELECT FROM {g}."DISPATCHES" d WHERE d.end_id = p.start_id)
