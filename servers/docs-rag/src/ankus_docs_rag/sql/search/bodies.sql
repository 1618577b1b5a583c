-- The texts of passages, for a reranker that reads them.
SELECT p.id, substr(page.text, p.span_start + 1, p.span_end - p.span_start)
  FROM passage AS p JOIN page ON page.id = p.page_id WHERE p.id = ANY(%(ids)s)
