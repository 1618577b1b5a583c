"""The modules of a graph, as text and as a drawn map."""
