"""Index advice: terms of the queries, candidates from them, and hypothetical indexes that verify them."""
