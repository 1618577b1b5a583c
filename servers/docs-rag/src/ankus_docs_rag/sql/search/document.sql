-- The page of a URL, of a path, or of the end of a path; the newest where several sources have it.
SELECT page.id, source.name, source.version, page.path, page.url, page.text, page.sections
  FROM page JOIN source ON source.id = page.source_id
 WHERE page.url = %(place)s OR page.path = %(place)s OR source.name || ':' || page.path = %(place)s
    OR right(page.path, length(%(place)s) + 1) = '/' || %(place)s
 ORDER BY page.url = %(place)s DESC, page.path = %(place)s DESC, source.ingested DESC LIMIT 1
