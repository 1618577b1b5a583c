SELECT source_id, version, language, kind, count(*) FROM passage GROUP BY 1, 2, 3, 4
