"""`ankus serve`: agents over HTTP as an OpenAI-compatible server, with one web page.

wire.py (requests, chunks) -> desk.py (who may ask) -> running.py (one answer) -> agents.py (one a profile)
answers.py                      how an answer is sent: whole, or as server-sent events
feed.py, steps.py               what happens in a run, as JSON, for whoever follows it
keys.py, limits.py              who calls, and how much
talks.py, approvals.py          conversations, and calls that wait for a person
app.py, serving.py              routes; listening, signals, draining
"""
