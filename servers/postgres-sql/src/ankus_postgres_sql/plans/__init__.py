"""Plans of PostgreSQL: read, judged and compared."""
