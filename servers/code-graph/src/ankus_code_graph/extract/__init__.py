"""Reads one C file into its facts, by tree-sitter; knows nothing of the other files."""

from ankus_code_graph.extract.facts import Facts, decode, encode
from ankus_code_graph.extract.read import extract

__all__ = ["Facts", "decode", "encode", "extract"]
