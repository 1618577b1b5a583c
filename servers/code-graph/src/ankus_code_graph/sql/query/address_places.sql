-- Where the address of one function is taken or stored, the first few, and whether calls go through there.
SELECT holder, properties, called, count(*) OVER () FROM (
    SELECT start_id AS holder, properties, false AS called FROM {g}."ADDRESSES" WHERE end_id = %(id)s::graphid
    UNION ALL
    SELECT start_id, properties,
           EXISTS (SELECT FROM {g}."DISPATCHES" d WHERE d.end_id = p.start_id)
      FROM {g}."POINTS" p WHERE end_id = %(id)s::graphid) AS e
 WHERE NOT called
 ORDER BY holder LIMIT 5
