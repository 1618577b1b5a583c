"""Small evaluations to measure, compare and show."""

from collections.abc import Mapping, Sequence

from ankus_docs_rag.evaluate.questions import Gold, Question
from ankus_docs_rag.evaluate.relevance import HitKey, Ranks
from ankus_docs_rag.evaluate.run import Evaluation, Found, Outcome, Ranked, System


def question(name: str, *, language: str = "en", kind: str = "natural", places: int = 1) -> Question:
    """A question whose places are pages of its name; without any, one that has no answer."""
    gold = tuple(Gold(page=f"{name}-{at}.html", quote=f"quote of {name}") for at in range(places))
    text = "Где это?" if language == "ru" else "Where is it?"
    return Question(
        id=name,
        question=text,
        language=language,
        kind=kind if places else "no-answer",
        gold=gold,
        answerable=bool(places),
        missing="" if places else f"missing_{name}",
    )


def evaluation(questions: Sequence[Question], ranks: Mapping[str, Sequence[Ranks]]) -> Evaluation:
    """Systems that found the places of the questions at these ranks."""
    return Evaluation(
        tuple(questions),
        {
            name: tuple(Outcome(one, seconds=0.01, found=(found("a.html"),)) for one in of)
            for name, of in ranks.items()
        },
    )


def found(path: str, start: str = "The start of it.", *, relevant: bool = False) -> Found:
    """A hit to show."""
    return Found(path, "ANCHOR", f"https://example.org/{path}", start, relevant)


def answers(pages: Mapping[str, Sequence[str]], missing: Mapping[str, Sequence[str]] | None = None) -> System:
    """A system that finds these pages for the questions of these ids."""

    async def system(asked: Question) -> Ranked:
        paths = pages.get(asked.id, ())
        hits = [
            HitKey(path, f"https://example.org/{path}", ("A",), f"quote of {asked.id}", at)
            for at, path in enumerate(paths)
        ]
        return Ranked(hits, (missing or {}).get(asked.id, ()))

    return system
