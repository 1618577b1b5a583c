"""Search in the source text (`text`) and by meaning (`meaning`), as one tool."""
