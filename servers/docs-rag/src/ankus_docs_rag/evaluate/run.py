"""Questions asked of systems: each system's answer to each question, which can be kept in a file."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate.questions import Question, told
from ankus_docs_rag.evaluate.relevance import HitKey, Mode, Ranks, ranks_of

DEPTH = 50
"""Hits that are asked for."""
K_VALUES = (1, 5, 10, 20, 50)
_SHOWN_HITS = 10
_SHOWN_CHARS = 240


@dataclass(frozen=True)
class Ranked:
    """What a system found for a question, best first."""

    hits: Sequence[HitKey]
    missing: Sequence[str] = ()
    """Names of the question that the documents do not have: the system says there is no answer."""
    seconds: float = 0.0
    """How long it took; 0 to have it measured from outside."""


System = Callable[[Question], Awaitable[Ranked]]
Progress = Callable[[str, int, int], None]
"""Is told the system, and how many of how many questions are done."""


@dataclass(frozen=True)
class Found:
    """A hit as a report shows it."""

    path: str
    anchor: str
    url: str
    start: str
    relevant: bool


@dataclass(frozen=True)
class Outcome:
    """What came of one question."""

    ranks: Ranks
    missing: tuple[str, ...] = ()
    seconds: float = 0.0
    found: tuple[Found, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """The outcome of each question, in their order, under each system's name."""

    questions: tuple[Question, ...]
    outcomes: Mapping[str, tuple[Outcome, ...]]
    k_values: tuple[int, ...] = K_VALUES
    mode: Mode = "passage"
    about: Mapping[str, str] = field(default_factory=dict)
    """What a reader has to know to trust it: model, sources, versions, machine, date."""


_SAVED = TypeAdapter(Evaluation)


def _silent(system: str, done: int, total: int) -> None:
    """Tell nobody."""


async def evaluate(
    questions: Sequence[Question],
    systems: Mapping[str, System],
    k_values: Sequence[int] = K_VALUES,
    *,
    mode: Mode = "passage",
    about: Mapping[str, str] | None = None,
    progress: Progress = _silent,
) -> Evaluation:
    """Ask every system every question, one at a time, so that no system slows another."""
    outcomes: dict[str, tuple[Outcome, ...]] = {}
    for name, system in systems.items():
        asked: list[Outcome] = []
        for question in questions:
            asked.append(await _ask(system, question, mode))
            progress(name, len(asked), len(questions))
        outcomes[name] = tuple(asked)
    return Evaluation(tuple(questions), outcomes, tuple(sorted(set(k_values))), mode, dict(about or {}))


def save(evaluation: Evaluation, path: Path) -> None:
    """Keep an evaluation as JSON."""
    path.write_bytes(_SAVED.dump_json(evaluation, indent=1))


def read_saved(path: Path) -> Evaluation:
    """An evaluation that was kept.

    Raises:
        BadQuestions: If the file cannot be read, or is something else.
    """
    try:
        saved = _SAVED.validate_json(path.read_bytes())
    except OSError as error:
        raise BadQuestions(f"Cannot read {path}: {type(error).__name__}.") from error
    except ValidationError as error:
        hint = "Make it with: ankus-docs-rag eval QUESTIONS.jsonl --save FILE"
        raise BadQuestions(f"{path} is no saved run: {told(error)}.", hint=hint) from error
    if any(len(asked) != len(saved.questions) for asked in saved.outcomes.values()):
        raise BadQuestions(f"{path} does not have an outcome for each question of each system.")
    return saved


async def _ask(system: System, question: Question, mode: Mode) -> Outcome:
    began = time.perf_counter()
    ranked = await system(question)
    seconds = ranked.seconds or time.perf_counter() - began
    ranks = ranks_of(question.gold, ranked.hits, mode)
    return Outcome(ranks, tuple(ranked.missing), seconds, _found(ranked.hits, ranks))


def _found(hits: Sequence[HitKey], ranks: Ranks) -> tuple[Found, ...]:
    return tuple(
        Found(hit.path, hit.anchors[0] if hit.anchors else "", hit.url, _start(hit.text), rank in ranks)
        for rank, hit in enumerate(hits[:_SHOWN_HITS], start=1)
    )


def _start(text: str) -> str:
    line = " ".join(text[: 2 * _SHOWN_CHARS].split())
    return line if len(line) <= _SHOWN_CHARS else f"{line[: _SHOWN_CHARS - 1]}…"
