SELECT page.id, source.name, source.version, page.path, page.url, page.text, page.sections
  FROM page JOIN source ON source.id = page.source_id WHERE page.id = %(page)s
