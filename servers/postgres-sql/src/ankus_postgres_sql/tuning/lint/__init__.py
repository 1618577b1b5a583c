"""Lint of one query: rules as data, each a plain function over one SELECT of it."""
