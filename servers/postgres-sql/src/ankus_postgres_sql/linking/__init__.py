"""Schema linking: which tables, columns and values a question means, and how the tables are joined."""
