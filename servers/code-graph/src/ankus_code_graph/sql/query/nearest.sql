-- Names that share the most pieces with an unknown one, of about its length first: for difflib to judge.
SELECT n FROM (
    SELECT DISTINCT n FROM named WHERE length(n) BETWEEN %(shortest)s::int AND %(longest)s::int
) AS named
WHERE {score} > 0
ORDER BY {score} DESC, abs(length(n) - length(%(name)s::text)), n COLLATE "C"
LIMIT 200
