"""Changes that a model proposes, a person approves, and the server makes once, exactly as they were shown."""
