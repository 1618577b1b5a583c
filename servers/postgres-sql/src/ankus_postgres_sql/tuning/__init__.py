"""The toolset `tuning`: index advice, slow queries, locks, the database's health, and lint of one query."""
