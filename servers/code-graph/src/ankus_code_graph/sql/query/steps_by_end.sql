-- Calls from any of the starts to each of the few ends.
SELECT e.start_id, e.end_id, e.properties
  FROM unnest(%(ends)s::graphid[]) AS s (id),
       LATERAL (SELECT * FROM {g}."CALLS" c
                 WHERE c.end_id = s.id AND c.start_id = ANY(%(starts)s::graphid[])
                 ORDER BY c.id LIMIT %(most)s::bigint) AS e
