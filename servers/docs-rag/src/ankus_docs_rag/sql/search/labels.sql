SELECT (SELECT array_agg(DISTINCT author) FROM page WHERE author <> ''),
       (SELECT array_agg(DISTINCT tag) FROM passage, unnest(tags) AS tag)
