CREATE INDEX IF NOT EXISTS {index} ON {table} USING hnsw (v halfvec_cosine_ops)
