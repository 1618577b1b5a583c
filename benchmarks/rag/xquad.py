"""XQuAD in English and Russian as pages and questions, to measure search across languages.

240 paragraphs a language, each the translation of one in the other, with 1,190 questions. Artetxe, Ruder &
Yogatama, "On the cross-lingual transferability of monolingual representations" (ACL 2020); CC BY-SA 4.0.
The folder holds xquad.en.json and xquad.ru.json as they are published; it is no part of the project.

A direction such as ru->en asks in Russian what English paragraphs answer. Where paragraphs of both languages
are searched at once (ru->both), a paragraph and its translation both answer, as in LAReQA (Roy et al., 2020).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ankus_docs_rag.evaluate.questions import Gold, Question

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")
DIRECTIONS: Mapping[str, tuple[Language, tuple[Language, ...]]] = {
    "ru->en": ("ru", ("en",)),
    "en->en": ("en", ("en",)),
    "ru->ru": ("ru", ("ru",)),
    "en->ru": ("en", ("ru",)),
    "en->both": ("en", LANGUAGES),
    "ru->both": ("ru", LANGUAGES),
}
"""The language that is asked in, and those that are searched."""


@dataclass(frozen=True)
class Asked:
    """A question with the stretch of the paragraph that answers it."""

    id: str
    text: str
    answer: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; its translation has the same id."""

    id: str
    language: Language
    title: str
    text: str
    asked: tuple[Asked, ...]

    @property
    def path(self) -> str:
        """Of its page."""
        return f"{self.language}/{self.id}.txt"


def read_xquad(folder: Path) -> dict[Language, tuple[Paragraph, ...]]:
    """The paragraphs of each language, in the order of the files.

    Raises:
        OSError: If a file is not there.
        ValueError: If one is no XQuAD, or the two are not translations of each other.
    """
    read = {language: _paragraphs(folder / f"xquad.{language}.json", language) for language in LANGUAGES}
    first, second = ([_identity(paragraph) for paragraph in read[language]] for language in LANGUAGES)
    if first != second:
        raise ValueError(f"the files in {folder} do not have the same paragraphs and questions")
    return read


def write_pages(paragraphs: Sequence[Paragraph], folder: Path) -> None:
    """Each paragraph as a page of its own: a text file below a folder, at its path."""
    for paragraph in paragraphs:
        path = folder / paragraph.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(paragraph.text, encoding="utf-8")


def questions(xquad: Mapping[Language, Sequence[Paragraph]], direction: str) -> list[Question]:
    """The questions of a direction, with the pages that answer them."""
    asked_in, searched = DIRECTIONS[direction]
    return [
        Question(
            id=asked.id,
            question=asked.text,
            language=asked_in,
            kind=direction,
            gold=tuple(Gold(page=f"{language}/{paragraph.id}.txt") for language in searched),
            answer=asked.answer,
        )
        for paragraph in xquad[asked_in]
        for asked in paragraph.asked
    ]


def _paragraphs(path: Path, language: Language) -> tuple[Paragraph, ...]:
    try:
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        given = [(article["title"], part) for article in articles for part in article["paragraphs"]]
        return tuple(_paragraph(number, language, *each) for number, each in enumerate(given, start=1))
    except (KeyError, TypeError, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no XQuAD: {error!r}") from error


def _paragraph(number: int, language: Language, title: str, given: dict[str, Any]) -> Paragraph:
    asked = [_asked(entry) for entry in given["qas"]]
    # a byte order mark stands before some
    text = given["context"].strip("\ufeff \n")
    return Paragraph(f"p{number:03}", language, title.replace("_", " "), text, tuple(asked))


def _asked(entry: dict[str, Any]) -> Asked:
    return Asked(entry["id"], entry["question"].strip(), entry["answers"][0]["text"])


def _identity(paragraph: Paragraph) -> tuple[str, ...]:
    return (paragraph.title, *(asked.id for asked in paragraph.asked))
