-- What a file's text was when it was indexed.
SELECT hash FROM ankus_code_graph.file WHERE graph = %(graph)s AND path = %(path)s
