-- Pages by how many of the terms their best passage has; each passage has one of the three rarest.
WITH asked AS (
    SELECT term, sum(passages) AS many FROM frequency
     WHERE space = 'w' AND term = ANY(%(terms)s::integer[]) GROUP BY 1
), telling AS (
    SELECT array_agg(term) AS terms FROM (SELECT term FROM asked ORDER BY many LIMIT 3) AS rarest
)
SELECT p.page_id
  FROM passage AS p, telling
 WHERE p.word_ids && telling.terms
 GROUP BY 1
 ORDER BY max(cardinality(ARRAY(SELECT unnest(p.word_ids) INTERSECT SELECT unnest(%(terms)s::integer[])))) DESC, 1
 LIMIT %(most)s
