"""What is remembered of a user from one conversation to the next: facts in PostgreSQL, per user and profile.

policy      the table [memory] of a profile
fact        a fact, whose it is, and how it fades
store       the schema ankus_memory, and transactions of one owner
facts       the statements, each keyed by the owner
meaning     the embedder, or why there is none
likeness    when two texts say the same
refusal     what must never be remembered: secrets, and what is too long
memory      remember, recall and forget, each told to the run's listener
tools       the built-in tools ankus__remember, ankus__recall and ankus__forget
opening     how it is opened, and what a question begins with
    settings, cli   the flags, and `ankus memory`
"""
