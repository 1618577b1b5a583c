"""What a search is asked for: phrasings of one question, filters, and how much of it to give."""

import datetime
from dataclasses import dataclass, field

from ankus_docs_rag.errors import BadQuestion
from ankus_docs_rag.read.visible import clean

MOST_PHRASINGS = 8
LONGEST_QUESTION = 2_000
"""Characters of one phrasing; a longer one is a document, not a question."""


@dataclass(frozen=True)
class Filters:
    """Only passages that fit all of it; an empty value lets everything through."""

    source: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """All of them."""
    since: datetime.date | None = None
    until: datetime.date | None = None


@dataclass(frozen=True)
class Request:
    """One search.

    Args:
        phrasings: The question, and other ways to ask the same; the first is the question itself.
        filters: What is searched at all.
        limit: Passages to give, at most.
        offset: Passages to skip.
    """

    phrasings: tuple[str, ...]
    filters: Filters = field(default_factory=Filters)
    limit: int = 10
    offset: int = 0


def request_of(
    question: str,
    phrasings: tuple[str, ...] = (),
    filters: Filters | None = None,
    limit: int = 10,
    offset: int = 0,
) -> Request:
    """A request for a question and other phrasings of it, without repetitions.

    Raises:
        BadQuestion: If there is nothing to search for, or a phrasing is far too long.
    """
    wanted = [" ".join(clean(phrasing).split()) for phrasing in (question, *phrasings)]
    if not any(character.isalnum() for character in wanted[0]):
        raise BadQuestion("The question is empty.", hint="Ask in words, in Russian or English.")
    for phrasing in wanted:
        if len(phrasing) > LONGEST_QUESTION:
            raise BadQuestion(
                f"A question of {len(phrasing):,} characters is too long; {LONGEST_QUESTION:,} are allowed.",
                hint="Ask for one thing in a sentence or two.",
                code="question_too_long",
            )
    asked = tuple(dict.fromkeys(phrasing for phrasing in wanted if phrasing))
    return Request(asked[:MOST_PHRASINGS], filters or Filters(), limit, offset)
