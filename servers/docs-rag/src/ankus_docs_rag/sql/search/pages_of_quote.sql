-- Pages by how many of the terms their best passage has, rare terms first.
WITH asked AS (
    SELECT term, sum(passages) AS many FROM frequency
     WHERE space = 'w' AND term = ANY(%(terms)s::integer[]) GROUP BY 1
), telling AS (
    SELECT array_agg(term) AS terms FROM (SELECT term FROM asked ORDER BY many LIMIT 3) AS rarest
)
SELECT source.name, page.path
  FROM passage AS p JOIN page ON page.id = p.page_id JOIN source ON source.id = p.source_id, telling
 WHERE p.word_ids && telling.terms
 GROUP BY 1, 2
 ORDER BY max(cardinality(ARRAY(SELECT unnest(p.word_ids) INTERSECT SELECT unnest(%(terms)s::integer[])))) DESC
 LIMIT %(most)s
