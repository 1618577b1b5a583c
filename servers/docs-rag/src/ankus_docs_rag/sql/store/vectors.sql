CREATE TABLE {table} (
    text_hash bytea PRIMARY KEY,
    v halfvec({dimensions}) NOT NULL,
    lexical sparsevec({tokens})
)
