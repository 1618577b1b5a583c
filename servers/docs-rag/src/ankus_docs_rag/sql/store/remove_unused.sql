DELETE FROM {table} AS v WHERE NOT EXISTS (SELECT FROM piece WHERE piece.text_hash = v.text_hash)
