"""Answers judged by a model: faithfulness, relevancy and correctness.

The first two are defined as in Es, James, Espinosa-Anke & Schockaert, "RAGAS: Automated Evaluation of
Retrieval Augmented Generation" (arXiv:2309.15217, section 3); the prompts are our own:

    faithfulness   statements of the answer that the contexts support / statements of the answer
    relevancy      mean cosine of the question and questions that the answer would answer
    correctness    F1 of the answer's statements against the reference's, blended with the texts' cosine

Where the model gave no usable answer, a measure is None, "not judged": it never counts as 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ankus_docs_rag.errors import BadQuestions, JudgeUnavailable
from ankus_docs_rag.evaluate.asking import Judge
from ankus_docs_rag.evaluate.intervals import Interval, bootstrap
from ankus_docs_rag.evaluate.questions import lines_of, told
from ankus_docs_rag.named import prompt
from ankus_shared.embed.embedder import Embedder
from ankus_shared.untrusted import EXPLANATION, frame

MEASURES = ("faithfulness", "relevancy", "correctness")
Progress = Callable[[int, int], None]


class Answer(BaseModel):
    """What was answered to a question, out of which contexts."""

    model_config = ConfigDict(frozen=True)

    question: str = Field(min_length=1)
    answer: str
    contexts: tuple[str, ...] = ()
    reference: str = ""
    """What would be right; without it there is no correctness."""


class _Reply(BaseModel):
    # servers with strict schemas want it said; more than was asked for does no harm here
    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})


class Statements(_Reply):
    """A text taken apart."""

    statements: list[str]


class Verdict(_Reply):
    """Of one statement."""

    number: int
    reason: str
    supported: bool


class Verdicts(_Reply):
    """Of all statements."""

    verdicts: list[Verdict]


class Questions(_Reply):
    """What an answer would answer."""

    questions: list[str] = Field(min_length=1, max_length=10)


@dataclass(frozen=True)
class Judged:
    """One answer with its measures; None for one that was not judged."""

    question: str
    faithfulness: float | None = None
    relevancy: float | None = None
    correctness: float | None = None
    unsupported: tuple[str, ...] = ()
    """Statements of the answer that the contexts do not support."""


def read_answers(path: Path) -> list[Answer]:
    """The answers of a file of JSON lines.

    Raises:
        BadQuestions: If it cannot be read, or a line of it is wrong; names the line.
    """
    answers: list[Answer] = []
    for number, line in enumerate(lines_of(path), start=1):
        if line.strip():
            try:
                answers.append(Answer.model_validate_json(line))
            except ValidationError as error:
                hint = "A line is {question, answer, contexts, reference}."
                raise BadQuestions(f"{path}:{number}: {told(error)}.", hint=hint) from error
    if not answers:
        raise BadQuestions(f"{path} has no answers.", hint="Write one JSON object a line.")
    return answers


async def judge_all(
    answers: Sequence[Answer],
    judge: Judge,
    embedder: Embedder | None,
    *,
    similarity_weight: float = 0.25,
    progress: Progress = lambda done, total: None,
) -> list[Judged]:
    """Judge answers, as many at a time as the judge takes.

    Args:
        embedder: Makes the vectors of relevancy and similarity; without one there is no relevancy, and
            correctness is F1 alone.

    Raises:
        JudgeUnavailable: If the judge does not answer.
    """
    judged: dict[int, Judged] = {}
    failures: list[JudgeUnavailable] = []
    weight = 0.0 if embedder is None else similarity_weight

    async def one(at: int, answer: Answer) -> None:
        try:
            judged[at] = await judge_answer(answer, judge, embedder, weight)
        except JudgeUnavailable as error:
            failures.append(error)
            tasks.cancel_scope.cancel()
        else:
            progress(len(judged), len(answers))

    async with anyio.create_task_group() as tasks:
        for at, answer in enumerate(answers):
            tasks.start_soon(one, at, answer)
    if failures:
        raise failures[0]
    return [judged[at] for at in range(len(answers))]


async def judge_answer(answer: Answer, judge: Judge, embedder: Embedder | None, weight: float) -> Judged:
    """Judge one answer.

    Raises:
        JudgeUnavailable: If the judge does not answer.
    """
    statements = await _statements(judge, answer.answer, answer.question)
    supported = await _supported(judge, statements, answer.contexts)
    return Judged(
        answer.question,
        faithfulness=_share(supported),
        relevancy=None if embedder is None else await _relevancy(judge, embedder, answer),
        correctness=await _correctness(judge, embedder, answer, statements, weight),
        unsupported=tuple(
            text for text, holds in zip(statements or (), supported or (), strict=False) if not holds
        ),
    )


def means_of(judged: Sequence[Judged]) -> dict[str, tuple[Interval | None, int]]:
    """Each measure's mean over the answers for which it was judged, and how many these are."""
    means: dict[str, tuple[Interval | None, int]] = {}
    for name in MEASURES:
        values = [value for one in judged if (value := getattr(one, name)) is not None]
        means[name] = (bootstrap(values) if values else None, len(values))
    return means


async def _statements(judge: Judge, text: str, question: str) -> list[str] | None:
    if not text.strip():
        return []
    material = f"{frame(question, 'question')}\n{frame(text, 'text')}"
    found = await judge.ask(_instruction("judge_statements"), material, Statements)
    return None if found is None else [one for one in found.statements if one.strip()]


async def _supported(
    judge: Judge, statements: list[str] | None, contexts: Sequence[str]
) -> list[bool] | None:
    """For each statement whether the contexts support it; None where the judge did not tell of each."""
    if not statements:
        return None
    if not any(context.strip() for context in contexts):
        return [False] * len(statements)
    told_contexts = "\n".join(frame(text, f"context {at}") for at, text in enumerate(contexts, start=1))
    numbered = "\n".join(f"{at}. {text}" for at, text in enumerate(statements, start=1))
    material = f"{told_contexts}\n{frame(numbered, 'statements')}"
    found = await judge.ask(_instruction("judge_support"), material, Verdicts)
    by_number = {one.number: one.supported for one in found.verdicts} if found else {}
    numbers = range(1, len(statements) + 1)
    return [by_number[at] for at in numbers] if all(at in by_number for at in numbers) else None


async def _relevancy(judge: Judge, embedder: Embedder, answer: Answer) -> float | None:
    if not answer.answer.strip():
        return None
    found = await judge.ask(_instruction("judge_questions"), frame(answer.answer, "answer"), Questions)
    if found is None:
        return None
    return await _cosine(embedder, answer.question, found.questions)


async def _correctness(
    judge: Judge, embedder: Embedder | None, answer: Answer, statements: list[str] | None, weight: float
) -> float | None:
    if not answer.reference.strip() or statements is None:
        return None
    f1 = await _f1(judge, answer, statements)
    if f1 is None or embedder is None or not weight or not answer.answer.strip():
        return f1
    return (1 - weight) * f1 + weight * await _cosine(embedder, answer.answer, [answer.reference])


async def _f1(judge: Judge, answer: Answer, statements: list[str]) -> float | None:
    """Of the answer's statements: those in the reference are right, the others wrong; the reference's
    statements that are not in the answer are missed."""
    expected = await _statements(judge, answer.reference, answer.question)
    if not expected:
        return None
    if not statements:
        return 0.0
    held = await _supported(judge, statements, [answer.reference])
    said = await _supported(judge, expected, [answer.answer])
    if held is None or said is None:
        return None
    right, wrong, missed = sum(held), len(held) - sum(held), len(said) - sum(said)
    return right / (right + 0.5 * (wrong + missed)) if right else 0.0


async def _cosine(embedder: Embedder, text: str, others: Sequence[str]) -> float:
    """Mean cosine of a text and others; vectors have length 1."""
    vectors = await anyio.to_thread.run_sync(embedder.embed_queries, [text, *others])
    cosine = float(np.mean(vectors[1:] @ vectors[0]))
    return min(1.0, max(0.0, cosine))


def _share(holds: Sequence[bool] | None) -> float | None:
    return sum(holds) / len(holds) if holds else None


def _instruction(name: str) -> str:
    return f"{prompt(name)}\n\n{EXPLANATION}"
