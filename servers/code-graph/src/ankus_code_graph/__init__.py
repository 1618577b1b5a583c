"""A C code base as a graph in Apache AGE, in which every edge has its evidence.

`extract` reads one file, `resolve` links the files, `store` keeps the graph, `query` answers from it;
`server` makes tools of that.
"""
