-- The same of passages that fit; what does not fit takes no place among the nearest.
WITH nearest AS MATERIALIZED (
    SELECT piece.passage_id, 1 - (v.v <=> %(vector)s::{vector_type}) AS similarity
      FROM {vectors} AS v JOIN piece USING (text_hash) JOIN passage AS p ON p.id = piece.passage_id
     WHERE {conditions}
     ORDER BY v.v <=> %(vector)s::{vector_type} LIMIT %(pieces)s)
SELECT passage_id, max(similarity) AS similarity
  FROM nearest GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s
