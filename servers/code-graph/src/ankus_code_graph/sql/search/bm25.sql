-- The ids of the documents that match, best first; 0 says that no word does.
-- Filters stand outside, over as many as are scored at all: inside they would take rows from the index scan's
-- own limit.
SELECT id FROM (
    SELECT id, owner, words OPERATOR({operators}.<@>) {operators}.to_bm25query(%(words)s, %(index)s) AS score
      FROM {documents}
     ORDER BY words OPERATOR({operators}.<@>) {operators}.to_bm25query(%(words)s, %(index)s)
     LIMIT %(scored)s
) AS best
 WHERE score < 0
   AND (%(low)s::bigint IS NULL OR id BETWEEN %(low)s AND %(high)s)
   AND (%(paths)s::text[] IS NULL OR owner LIKE ANY (%(paths)s))
 ORDER BY score, id
 LIMIT %(most)s
