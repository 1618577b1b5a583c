INSERT INTO identifier AS i (source_id, name, passages)
SELECT %(source)s, had.name, sum(had.passages::integer)
  FROM page, jsonb_each_text(identifiers) AS had (name, passages) WHERE id = ANY (%(ids)s::bigint[]) GROUP BY had.name
    ON CONFLICT (source_id, name) DO UPDATE SET passages = i.passages + excluded.passages
