"""Documents in the database: one writer a source, in whole transactions, and many readers."""
