"""What `search_docs` answers: numbered passages for a model to read and cite."""

from collections.abc import Sequence
from typing import Any

from ankus_docs_rag.search.corpus import Corpus
from ankus_docs_rag.search.missing import Missing
from ankus_docs_rag.search.passages import Shown
from ankus_docs_rag.search.request import Request
from ankus_docs_rag.search.run import Found
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame

HEADINGS = " > "
BY_MEANING = (
    "No word of the question stands in the documents, nor a translation of one: what follows was found by "
    "nearness in meaning alone, and may have nothing to do with it."
)


def search_answer(found: Found, shown: Sequence[Shown], request: Request, corpus: Corpus) -> Answer:
    """The hits as text, and where each is as structured content."""
    names = {source.id: source.name for source in corpus.sources}
    hits = [_hit(number, one, names) for number, one in enumerate(shown, request.offset + 1)]
    parts = [
        *(_missing_line(missing) for missing in found.missing),
        *([BY_MEANING] if shown and found.by_meaning_alone else []),
        *(_passage(number, one, names) for number, one in enumerate(shown, request.offset + 1)),
    ]
    if not shown:
        parts.append("Nothing was found. Ask in other words, or with fewer filters.")
    structured = {
        "hits": hits,
        "missing": [_missing(missing) for missing in found.missing],
        "answerable": not found.missing and bool(shown) and not found.by_meaning_alone,
        "candidates": found.candidates,
    }
    return Answer("\n\n".join(parts), structured)


def _passage(number: int, one: Shown, names: dict[int, str]) -> str:
    candidate = one.hit.candidate
    where = " ".join(filter(None, (names[candidate.source_id], candidate.version)))
    body = f"{HEADINGS.join(candidate.headings)}\n{one.text}" if candidate.headings else one.text
    return f"[{number}] {where}\n{frame(body, one.url)}"


def _hit(number: int, one: Shown, names: dict[int, str]) -> dict[str, Any]:
    candidate = one.hit.candidate
    return {
        "number": number,
        "url": one.url,
        "source": names[candidate.source_id],
        "version": candidate.version,
        "language": candidate.language,
        "kind": candidate.kind,
        "form": candidate.form,
        "page": one.path,
        "anchor": candidate.anchor,
        "headings": list(candidate.headings),
        "start": one.start,
        "end": one.end,
        "best": list(one.hit.best),
        "score": round(one.hit.score, 4),
        "arms": {arm: [score.rank, round(score.score, 4)] for arm, score in one.hit.arms.items()},
    }


def _missing_line(missing: Missing) -> str:
    return f"{missing} If the question is about it, say that the documents do not answer it."


def _missing(missing: Missing) -> dict[str, Any]:
    return {
        "name": missing.name,
        "elsewhere": [{"source": source.name, "version": source.version} for source in missing.elsewhere],
    }
