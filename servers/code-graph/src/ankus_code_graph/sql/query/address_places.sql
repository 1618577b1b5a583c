-- The first few places where the address of a function is taken, or stored where no known call goes through,
-- and how many there are.
SELECT holder, properties, count(*) OVER () FROM (
    SELECT start_id AS holder, properties FROM {g}."ADDRESSES" WHERE end_id = %(id)s::graphid
    UNION ALL
    SELECT start_id, properties FROM {g}."POINTS" p
     WHERE end_id = %(id)s::graphid
       AND NOT EXISTS (SELECT FROM {g}."DISPATCHES" d WHERE d.end_id = p.start_id)) AS e
 ORDER BY holder LIMIT 5
