-- The same by PostgreSQL's own search: documents with most of the words first, then by how near they stand.
WITH asked AS MATERIALIZED (
    SELECT array_agg(DISTINCT lexeme) AS lexemes
      FROM unnest(to_tsvector('english', %(words)s))
), query AS MATERIALIZED (
    SELECT lexemes, array_to_string(ARRAY(SELECT quote_literal(l) FROM unnest(lexemes) l), ' | ')::tsquery AS any
      FROM asked WHERE lexemes IS NOT NULL
)
SELECT d.id
  FROM query, {documents} AS d,
       LATERAL (SELECT to_tsvector('english', d.words) AS vector OFFSET 0) AS v
 WHERE to_tsvector('english', d.words) @@ query.any
   AND (%(low)s::bigint IS NULL OR d.id BETWEEN %(low)s AND %(high)s)
   AND (%(paths)s::text[] IS NULL OR d.owner LIKE ANY (%(paths)s))
 ORDER BY (SELECT count(*) FROM unnest(query.lexemes) l WHERE v.vector @@ quote_literal(l)::tsquery) DESC,
          ts_rank_cd(v.vector, query.any, 2) DESC, d.id
 LIMIT %(most)s
