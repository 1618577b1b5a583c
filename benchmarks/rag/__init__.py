"""Questions over PostgreSQL's manual, and what docs-rag makes of them."""
