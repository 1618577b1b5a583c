SELECT p.id, substr(page.text, p.span_start + 1, p.span_end - p.span_start),
       p.form, p.anchor, p.headings, p.names, p.aliases, p.place
  FROM passage p JOIN page ON page.id = p.page_id {which}
