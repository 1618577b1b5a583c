UPDATE frequency f SET passages = f.passages - gone.passages
  FROM (SELECT term, count(*) AS passages
          FROM passage p, unnest(p.{ids}) AS term WHERE p.{by} = ANY (%(which)s::bigint[]) GROUP BY term) AS gone
 WHERE f.source_id = %(source)s AND f.space = {space} AND f.term = gone.term
