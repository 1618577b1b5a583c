-- Where the passages beside each of these begin and end, and the page's sections.
SELECT p.id, min(near.span_start), max(near.span_end), page.sections
  FROM passage AS p JOIN page ON page.id = p.page_id
  JOIN passage AS near ON near.page_id = p.page_id AND near.place BETWEEN p.place - 1 AND p.place + 1
 WHERE p.id = ANY(%(ids)s) GROUP BY p.id, page.id
