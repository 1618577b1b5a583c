INSERT INTO frequency (source_id, space, term, passages)
SELECT source_id, 't', term, count(*) FROM passage, unnest(token_ids) AS term GROUP BY source_id, term
