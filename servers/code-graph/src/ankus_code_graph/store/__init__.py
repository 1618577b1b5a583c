"""The graphs in the database: one writer fills them in whole transactions, and many readers read them."""
