SELECT evaluated.id, path, url, anchors, text
  FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (id, rank)
  JOIN evaluated ON evaluated.id = wanted.id
 ORDER BY rank
