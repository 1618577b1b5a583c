-- Passages by the best of their pieces, the nearest first.
WITH nearest AS MATERIALIZED (
    SELECT text_hash, 1 - (v <=> %(vector)s::{vector_type}) AS similarity FROM {vectors}
     ORDER BY v <=> %(vector)s::{vector_type} LIMIT %(pieces)s)
SELECT piece.passage_id, max(similarity) AS similarity
  FROM nearest JOIN piece USING (text_hash)
 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s
