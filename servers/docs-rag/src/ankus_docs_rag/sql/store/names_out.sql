UPDATE identifier i SET passages = i.passages - gone.passages
  FROM (SELECT had.name, sum(had.passages::integer) AS passages
          FROM page, jsonb_each_text(identifiers) AS had (name, passages) WHERE id = ANY (%(ids)s::bigint[])
         GROUP BY had.name) AS gone
 WHERE i.source_id = %(source)s AND i.name = gone.name
