-- PostgreSQL's full-text search: any of the words, the best by cover density.
-- AND, as websearch_to_tsquery has it, finds next to nothing for a question of ten words; and NOT, which it
-- makes of a flag such as -Fc, would find all that lacks a word.
WITH asked AS (
    SELECT translate(replace(websearch_to_tsquery('pg_catalog.russian', %(question)s)::text, ' & ', ' | '), '!', '')
           ::tsquery AS query
)
SELECT evaluated.id, path, url, anchors, text
  FROM evaluated, asked
 WHERE vector @@ query
 -- 1: divided by the logarithm of the length
 ORDER BY ts_rank_cd(vector, query, 1) DESC, evaluated.id
 LIMIT %(depth)s
