-- Paths to choose the nearest of, those that share the beginning of the name first.
SELECT path FROM page ORDER BY strpos(lower(path), lower(left(%(name)s, 4))) = 0, length(path) LIMIT 2000
