SELECT count(DISTINCT text_hash) FROM piece WHERE NOT EXISTS (SELECT FROM {table} AS v WHERE v.text_hash = piece.text_hash)
