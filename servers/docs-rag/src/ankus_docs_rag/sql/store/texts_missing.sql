-- Texts of the documents that have no vector of a model, each once.
SELECT DISTINCT ON (piece.text_hash) piece.text_hash,
       piece.lead || substr(page.text, piece.span_end - piece.tail + 1, piece.tail)
  FROM piece JOIN passage ON passage.id = piece.passage_id JOIN page ON page.id = passage.page_id
 WHERE NOT EXISTS (SELECT FROM {table} AS v WHERE v.text_hash = piece.text_hash)
