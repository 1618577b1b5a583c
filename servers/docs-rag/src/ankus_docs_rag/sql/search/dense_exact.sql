-- The same without an index of vectors, which cannot give this order: all that fits is compared.
SELECT piece.passage_id, max(1 - (v.v <=> %(vector)s::{vector_type})) AS similarity
  FROM passage AS p JOIN piece ON piece.passage_id = p.id JOIN {vectors} AS v USING (text_hash)
 WHERE {conditions}
 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s
