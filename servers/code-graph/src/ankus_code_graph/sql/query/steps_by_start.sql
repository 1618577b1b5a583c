-- Calls from each of the few starts to any of the ends.
SELECT e.start_id, e.end_id, e.properties
  FROM unnest(%(starts)s::graphid[]) AS s (id),
       LATERAL (SELECT * FROM {g}."CALLS" c
                 WHERE c.start_id = s.id AND c.end_id = ANY(%(ends)s::graphid[])
                 ORDER BY c.id LIMIT %(most)s::bigint) AS e
