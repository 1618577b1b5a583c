SELECT source_id, name FROM identifier WHERE name = ANY(%(names)s)
