"""What the builder of the ONNX file and its user agree on."""

RECIPE = "int8-1"
"""Changes with whatever changes vectors."""

EMBEDDED = "embedded"
"""Input: the sum of word, position and type embeddings, (tokens, hidden)."""

VECTOR = "vector"
"""Output: (hidden,), of length 1."""
