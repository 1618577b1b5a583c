"""Read-only Cypher for people and models: refused before it runs, rewritten where AGE is slow or lacks it."""
