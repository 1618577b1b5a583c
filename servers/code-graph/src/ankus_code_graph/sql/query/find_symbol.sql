-- A page of what a name or a pattern matches, the best first, and how much there is of each rank:
-- 0 exactly, 1 but for case, 2 begins with it, 3 contains it, or the pattern.
, ranked AS (
    SELECT id, n,
           CASE WHEN %(pattern)s::text <> '' THEN 3
                WHEN n = %(name)s::text OR right(n, length(%(name)s::text) + 1) = '/' || %(name)s::text THEN 0
                WHEN lower(n) = lower(%(name)s::text) THEN 1
                WHEN starts_with(lower(n), lower(%(name)s::text)) THEN 2
                ELSE 3 END AS rank
      FROM named
     WHERE CASE WHEN %(pattern)s::text <> '' THEN lower(n) LIKE %(pattern)s::text
                ELSE strpos(lower(n), lower(%(name)s::text)) > 0 END
       AND (%(file)s::text = '' OR file = %(file)s::text
            OR right(file, length(%(file)s::text) + 1) = '/' || %(file)s::text)
), hits AS (
    SELECT id, min(rank) AS rank, (array_agg(n ORDER BY rank, n))[1] AS n FROM ranked GROUP BY id
), page AS (
    SELECT id, n, rank FROM hits ORDER BY rank, length(n), n COLLATE "C", id
    LIMIT %(limit)s::bigint OFFSET %(offset)s::bigint
)
SELECT counts.per_rank, page.id, page.n, page.rank
  FROM (SELECT array_agg(c.many ORDER BY r) FROM generate_series(0, 3) r
          LEFT JOIN (SELECT rank, count(*) AS many FROM hits GROUP BY rank) c ON c.rank = r) AS counts (per_rank)
  LEFT JOIN page ON true
 ORDER BY page.rank, length(page.n), page.n COLLATE "C", page.id
