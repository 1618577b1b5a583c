"""Hints for the planner: written, read, checked against a query, and measured."""
