-- Names that share the most pieces with an unknown one, of about its length first: for difflib to judge.
SELECT n FROM (
    SELECT n, {score} AS score FROM (
        SELECT n, lower(n) AS folded FROM named
         WHERE length(n) BETWEEN %(shortest)s::int AND %(longest)s::int OFFSET 0) AS near
     OFFSET 0) AS scored
 WHERE score >= %(least)s::int
 ORDER BY score DESC, abs(length(n) - length(%(name)s::text)), n COLLATE "C"
 LIMIT 400
