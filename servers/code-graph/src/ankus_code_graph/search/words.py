"""Names and prose as words for full-text search: what is indexed, and what is asked for, by one rule.

    index_text("ExecInitNode", "Starts a PlanState.")
    == "execinitnode exec init node execinitnode exec init node starts a planstate plan state"

A name gives its parts and, joined without its underscores, itself: so `heap_insert`, `HeapInsert` and
`heapinsert` meet, and so does "insert into a heap". The result holds nothing but lower-case letters and
digits between blanks, so that PostgreSQL's parser finds no URLs, hosts or paths in it.
"""

import re
from collections.abc import Iterator
from itertools import islice

MOST_WORDS = 2_000
"""Words of one comment that are indexed; the header of a file may be a book."""
_NAME_WEIGHT = 2
"""How many times the name is written: a word of the name says more than one of the comment."""
_TOKEN = re.compile(r"\w+")
_PART = re.compile(r"[^\W\d_a-z]+(?![a-z])|[^\W\d_]?[^\W\d_A-Z]+|[^\W\d_]+|\d+")


def split_name(name: str) -> list[str]:
    """The parts of a name in lower case, without its underscores.

    Capitals begin a part, several ones are a part up to the last (`XLogInsert` is x, log, insert;
    `HTTPServer` http, server), digits are a part of their own.
    """
    return [word for part in _PART.findall(name) if (word := _plain(part))]


def words_of(text: str) -> Iterator[str]:
    """The words of names or prose; of what has several parts first the whole, then the parts."""
    for token in _TOKEN.findall(text):
        parts = split_name(token)
        if len(parts) > 1:
            yield "".join(parts)
        yield from parts


def index_text(name: str, comment: str) -> str:
    """What full-text search indexes of a vertex: the words of its name and of its comment."""
    named = list(words_of(name))
    return " ".join([*named * _NAME_WEIGHT, *islice(words_of(comment), MOST_WORDS)])


def query_text(query: str) -> str:
    """The words of a question, each once, by the rule that documents are indexed by."""
    return " ".join(dict.fromkeys(words_of(query)))


def _plain(part: str) -> str:
    # lower() may add a combining mark (İ), which is no letter
    return "".join(filter(str.isalnum, part.lower()))
