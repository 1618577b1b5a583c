-- What each arm says of passages, and where the best piece of each is.
SELECT p.id, -(p.words <#> %(words)s::sparsevec), -(p.tokens <#> %(tokens)s::sparsevec),
       best.similarity, best.span_start, best.span_end
  FROM passage AS p
  LEFT JOIN LATERAL (
       SELECT 1 - (v.v <=> %(vector)s::{vector_type}) AS similarity, piece.span_start, piece.span_end
         FROM piece JOIN {vectors} AS v USING (text_hash)
        WHERE piece.passage_id = p.id ORDER BY 1 DESC LIMIT 1) AS best ON true
 WHERE p.id = ANY(%(ids)s)
