SELECT lexeme FROM unnest(to_tsvector('pg_catalog.russian', %(question)s))
