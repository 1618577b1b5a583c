"""A thin agent runner: any OpenAI-compatible model, MCP servers, and a grammar between them.

`ankus` is its command line; from Python begin with `session.open_session`. Nothing is imported here, so
that the child process of the embedded engine starts light.
"""
