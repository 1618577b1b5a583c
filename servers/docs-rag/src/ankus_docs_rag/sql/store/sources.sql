-- Each source with what it comes to.
SELECT s.name, s.version, s.language, s.tags, s.origin, s.snapshot, s.ingested,
       count(p.id), coalesce(sum(p.passages), 0)::bigint,
       coalesce(array_agg(DISTINCT p.language ORDER BY p.language) FILTER (WHERE p.language <> ''), '{{}}'),
       coalesce(array_agg(DISTINCT p.kind ORDER BY p.kind) FILTER (WHERE p.kind <> ''), '{{}}')
  FROM source s LEFT JOIN page p ON p.source_id = s.id
 GROUP BY s.id ORDER BY s.name
