INSERT INTO source AS s (name, version, language, tags, origin, chunker, snapshot)
VALUES (%(name)s, %(version)s, %(language)s, %(tags)s, %(origin)s, %(chunker)s, 1)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, language = excluded.language,
       tags = excluded.tags, origin = excluded.origin, chunker = excluded.chunker,
       snapshot = s.snapshot + %(step)s, ingested = now()
RETURNING id
