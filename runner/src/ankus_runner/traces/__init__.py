"""What the agent did, kept in PostgreSQL: every run, model call, tool call and decision, without secrets.

events -> record.py (spans) -> queue.py (bounded) -> writer.py (a thread: redact.py, then store.py by COPY)
reading.py, export.py, cli.py   what `ankus traces` shows of it
"""
