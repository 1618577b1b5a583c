"""What the Ankus servers and runner have in common.

`errors` is the base of every anticipated failure, `settings` turns one dataclass into flags and `ANKUS_*`
variables, `tools` is the MCP server whose tools answer and fail in one way, `serve` brings it to its
clients over stdio, Streamable HTTP and SSE, `untrusted` marks text from outside, `logs` writes to standard
error, `paths` says where data is kept, and `postgres` (the extra `ankus-shared[postgres]`) starts, reaches
and migrates databases. Import the modules; the package itself imports none of them.
"""

# without postgres, whose libraries come with the extra
__all__ = ["errors", "logs", "paths", "serve", "settings", "tools", "untrusted"]
