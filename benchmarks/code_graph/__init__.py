"""What the benchmark of code-graph is made of: truth from a compiler, its comparison with a graph, questions.

compilation, cursors, uses, visit, link, truth    from a configured build to a file of what libclang saw
expected, claims, match, accuracy                 that file against a graph: precision and recall
"""
