"""Which hits are relevant: the rank at which each gold place of a question was found first.

A hit finds a place if it is on its page, and holds its quote (white space aside) or leads to its anchor;
a place without either is found by any hit on its page. So is a place by what finds one of its alternatives.
Only the first such hit counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ankus_docs_rag.evaluate.questions import Gold

Mode = Literal["passage", "page"]
Ranks = tuple[int | None, ...]
"""For each place its rank, counted from 1; None for a place that was not found."""


@dataclass(frozen=True)
class HitKey:
    """A passage as it was found."""

    path: str
    url: str
    anchors: tuple[str, ...]
    """Its own anchor, and those of the sections and entries in it."""
    text: str
    passage_id: int


def ranks_of(gold: Sequence[Gold], hits: Sequence[HitKey], mode: Mode = "passage") -> Ranks:
    """The rank of each place; by page, places on one page are one."""
    places = list(gold) if mode == "passage" else _pages(gold)
    spaced = [one_spaced(hit.text) for hit in hits]
    return tuple(
        next(
            (
                rank
                for rank, (hit, text) in enumerate(zip(hits, spaced, strict=True), start=1)
                if any(finds(hit, text, one) for one in (place, *place.alternatives))
            ),
            None,
        )
        for place in places
    )


def finds(hit: HitKey, text: str, place: Gold) -> bool:
    """Whether a hit, with its text as `one_spaced` makes it, finds a place."""
    if not on_page(hit, place.page):
        return False
    if not place.quote and not place.anchor:
        return True
    quote = one_spaced(place.quote)
    return bool(quote and quote in text) or bool(place.anchor and place.anchor in hit.anchors)


def on_page(hit: HitKey, page: str) -> bool:
    """Whether a hit is on a page, named by its path, by the end of it, or by its URL."""
    url = hit.url.partition("#")[0]
    return page in (hit.path, url) or f"/{hit.path}".endswith(f"/{page}") or url.endswith(f"/{page}")


def one_spaced(text: str) -> str:
    """The text with each run of white space as one space."""
    return " ".join(text.split())


def _pages(gold: Sequence[Gold]) -> list[Gold]:
    """The pages of places, each once; a place that also stands elsewhere keeps the pages where it does."""
    pages = [tuple(one.page for one in (place, *place.alternatives)) for place in gold]
    return [
        Gold(page=page, alternatives=tuple(Gold(page=other) for other in others))
        for page, *others in dict.fromkeys(pages)
    ]
