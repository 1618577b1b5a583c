-- Passages that share one of the telling terms, by the inner product.
SELECT p.id, -(p.{weights} <#> %(query)s::sparsevec) AS score
  FROM passage AS p
 WHERE p.{ids} && %(telling)s::integer[] AND {conditions}
 ORDER BY p.{weights} <#> %(query)s::sparsevec, 1 LIMIT %(most)s
