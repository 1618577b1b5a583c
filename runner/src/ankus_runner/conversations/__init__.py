"""Conversations outlive their process: kept in PostgreSQL, and resumed by id exactly where they stopped.

state.py (what is kept) -> parcel.py (JSON, long texts apart) -> store.py (PostgreSQL; locks.py: one holder)
database.py  where, embedded by default      keeping.py   saves while a run goes on
cli.py       `ankus conversations`
"""
