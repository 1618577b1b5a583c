-- Hits as a reader wants them: where they are, and a stretch of the page's text.
SELECT p.id, page.url, page.path, wanted.span_start, wanted.span_end,
       substr(page.text, wanted.span_start + 1, wanted.span_end - wanted.span_start)
  FROM unnest(%(ids)s::bigint[], %(starts)s::integer[], %(ends)s::integer[]) AS wanted(id, span_start, span_end)
  JOIN passage AS p ON p.id = wanted.id JOIN page ON page.id = p.page_id
