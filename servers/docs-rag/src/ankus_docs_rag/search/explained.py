"""Why a passage has its rank: `explain_search`."""

from typing import Any
from urllib.parse import urldefrag

import numpy as np

from ankus_docs_rag.errors import UnknownDocument
from ankus_docs_rag.search.config import SearchConfig
from ankus_docs_rag.search.desk import Desk
from ankus_docs_rag.search.features import FEATURES
from ankus_docs_rag.search.fusion import ranks
from ankus_docs_rag.search.passages import Shown, texts
from ankus_docs_rag.search.request import Request
from ankus_docs_rag.search.run import Ranking
from ankus_docs_rag.search.shown import HEADINGS
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame

TELLING_WORDS = 12
LEAST_SHOWN = 0.005
"""What a feature has to add to be told in the text."""


async def explain(desk: Desk, request: Request, document: str) -> Answer:
    """Each arm's part in the rank of the first hits, or of one document's passages.

    Raises:
        UnknownDocument: If no passage of the document is among the candidates.
    """
    async with desk.docs.reading() as connection:
        searcher = await desk.searcher(connection)
        corpus = await searcher.corpus(connection)
        ranking = await searcher.rank(connection, request, corpus)
        places = ranking.order if document else ranking.order[: request.limit]
        shown = await texts(connection, [ranking.hit(place) for place in places])
    wanted = [(rank, one) for rank, one in enumerate(shown, 1) if not document or _is_of(one, document)]
    if document and not wanted:
        raise UnknownDocument(
            f"No passage of {document[:200]!r} is among the {len(shown)} candidates.",
            hint="No arm put it forward: it shares no telling word, and others are nearer in meaning.",
            code="not_a_candidate",
        )
    parts = [_explained(ranking, rank, one, searcher.config) for rank, one in wanted[: request.limit]]
    structured = {
        "candidates": len(ranking.candidates),
        "words": {word: round(value, 3) for word, value in _telling(ranking)},
        "lost": round(ranking.weighed.lost, 3),
        "hits": [structured for _, structured in parts],
    }
    return Answer("\n\n".join([_head(ranking, request), *(text for text, _ in parts)]), structured)


def _head(ranking: Ranking, request: Request) -> str:
    words = ", ".join(f"{word} {value:.1f}" for word, value in _telling(ranking))
    lost = f"; {ranking.weighed.lost:.0%} of the question's weight is in words that no passage has"
    phrasings = f"{len(request.phrasings)} phrasings, " if len(request.phrasings) > 1 else ""
    return f"{phrasings}{len(ranking.candidates)} candidates. Words by weight: {words or 'none'}{lost}."


def _telling(ranking: Ranking) -> list[tuple[str, float]]:
    return sorted(ranking.weighed.idf.items(), key=lambda item: (-item[1], item[0]))[:TELLING_WORDS]


def _explained(ranking: Ranking, rank: int, one: Shown, config: SearchConfig) -> tuple[str, dict[str, Any]]:
    """The lines of one passage, and the same as structured content."""
    index = ranking.order[rank - 1]
    arms = {arm: [score.rank, round(score.score, 4)] for arm, score in one.hit.arms.items()}
    before = int(ranks(ranking.base)[index])
    features = _contributions(ranking, index, config)
    shown = ", ".join(f"{name} {value:+.2f}" for name, value in features if abs(value) >= LEAST_SHOWN)
    lines = [
        f"Rank {rank} (fused: rank {before}), score {one.hit.score:.3f}:",
        frame(HEADINGS.join(one.hit.candidate.headings), one.url),
        "arms: " + "; ".join(f"{arm} rank {place}, {score:.3f}" for arm, (place, score) in arms.items()),
        *([f"features: {shown}"] if features else []),
    ]
    structured = {
        "rank": rank,
        "fused_rank": before,
        "url": one.url,
        "arms": arms,
        "features": {name: round(value, 4) for name, value in features},
    }
    return "\n".join(lines), structured


def _contributions(ranking: Ranking, index: int, config: SearchConfig) -> list[tuple[str, float]]:
    """What each feature adds to the score, the most first; nothing where features do not rank."""
    if config.rerank.method != "features":
        return []
    values = np.array([config.rerank.weights.get(name, 0.0) for name in FEATURES]) * ranking.seen[index]
    return sorted(zip(FEATURES, map(float, values), strict=True), key=lambda item: -abs(item[1]))


def _is_of(one: Shown, document: str) -> bool:
    place, fragment = urldefrag(document)
    own, anchor = urldefrag(one.url)
    fits = place in (own, one.path) or own.endswith(f"/{place}")
    return fits and (not fragment or fragment == anchor)
