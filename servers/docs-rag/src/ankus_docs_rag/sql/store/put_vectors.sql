INSERT INTO {table} (text_hash, v, lexical)
SELECT text_hash, v::halfvec, lexical::sparsevec
  FROM unnest(%s::bytea[], %s::text[], %s::text[]) AS new (text_hash, v, lexical)
ON CONFLICT (text_hash) DO NOTHING
