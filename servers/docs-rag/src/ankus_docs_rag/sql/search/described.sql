-- What the reranker and the reader of a hit want to know, without the text.
SELECT p.id, p.page_id, p.source_id, p.version, p.language, p.kind, p.form, p.date, p.anchor,
       p.headings, p.names, p.aliases, p.word_ids, p.span_start, p.span_end
  FROM passage AS p WHERE p.id = ANY(%(ids)s)
