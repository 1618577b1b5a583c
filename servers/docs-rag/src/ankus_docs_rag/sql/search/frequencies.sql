SELECT term, sum(passages)::bigint FROM frequency
 WHERE source_id = ANY(%(sources)s) AND space = %(space)s::"char" AND term = ANY(%(terms)s::integer[]) GROUP BY 1
