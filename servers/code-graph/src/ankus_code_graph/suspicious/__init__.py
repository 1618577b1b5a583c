"""Audit of C code by rules that are data: tree-sitter queries with conditions on paths, types and the graph.

rule.py, packs.py      the rules, as pydantic models and as the TOML files of `rules/`
compiled.py            a rule with its queries compiled and its captures checked
source.py, flow.py     a parsed file, and the ways that control takes through one of its functions
conditions.py          what narrows the hits of a query
scan.py, audit.py      one file, and a whole tree in processes with progress
graphs.py              the conditions that ask the code graph
sarif.py, page.py      reports for tools and for people
triage.py              what was judged of a finding
"""
