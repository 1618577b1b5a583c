"""Questions about a graph: symbols, callers, paths, impact, references, includes, sources."""
