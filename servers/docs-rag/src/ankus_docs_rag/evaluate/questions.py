"""A file of questions to evaluate by: JSON lines, each with the places that answer it.

    {"id": "wal-1", "question": "What does wal_level do?", "language": "en", "kind": "identifier",
     "gold": [{"page": "config-wal.html", "anchor": "GUC-WAL-LEVEL", "quote": "wal_level determines"}]}

A place may have `alternatives`, other places that say the same: one of them is enough. All places of
`gold` belong to the whole answer. A question with one place may have `page`, `anchor`, `quote` or `url`
beside `question` instead of `gold`; `query` is read as `question`, and `file` or `path` as `page`. A question
that the documents do not answer has no place and `"answerable": false`.
"""

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from ankus_docs_rag.errors import BadQuestions

NO_ANSWER = "no-answer"
Half = Literal["", "fit", "test"]
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_HINT = 'A line is {"question": …, "page": …, "anchor": …, "quote": …}, or has several places in "gold": […].'
_PLACE_KEYS = ("page", "path", "file", "url", "anchor", "quote")


class Gold(BaseModel):
    """A place that answers the question, or a part of it."""

    model_config = ConfigDict(frozen=True)

    page: str = Field(min_length=1, validation_alias=AliasChoices("page", "path", "file", "url"))
    """Path or URL of the page, without a fragment."""
    anchor: str = ""
    quote: str = ""
    alternatives: tuple["Gold", ...] = ()
    """Other places that say the same: any of them will do."""

    @model_validator(mode="before")
    @classmethod
    def _without_fragment(cls, given: Any) -> Any:
        """Read page#anchor as both."""
        if not isinstance(given, dict):
            return given
        present = {key: value for key, value in given.items() if value is not None}
        page = next((present[key] for key in ("page", "path", "file", "url") if present.get(key)), "")
        if not isinstance(page, str):
            return present
        page, _, fragment = page.partition("#")
        rest = {key: present[key] for key in ("anchor", "quote", "alternatives") if key in present}
        return {"page": page, **rest, "anchor": rest.get("anchor") or fragment}


class Question(BaseModel):
    """What is asked, and what would be a good find."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    question: str = Field(validation_alias=AliasChoices("question", "query"))
    language: str = ""
    kind: str = "natural"
    gold: tuple[Gold, ...] = ()
    answerable: bool = True
    missing: str = ""
    """The name that the documents do not have, of a question without an answer."""
    phrasings: tuple[str, ...] = ()
    """Further ways to ask the same."""
    answer: str = ""
    half: Half = ""

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, given: Any, info: ValidationInfo) -> Any:
        """Fold a flat place into `gold`, and guess what can be told from the rest."""
        if not isinstance(given, dict):
            return given
        filled = {key: value for key, value in given.items() if value is not None}
        filled["gold"] = _places(filled)
        filled.setdefault("id", (info.context or {}).get("id", ""))
        filled.setdefault("answerable", bool(filled["gold"]))
        kind = filled.setdefault("kind", "natural" if filled["answerable"] else NO_ANSWER)
        filled["kind"] = kind.strip().lower().replace("_", "-") if isinstance(kind, str) else kind
        asked = filled.get("question", filled.get("query"))
        filled["language"] = filled.get("language") or language_of(str(asked))
        return filled

    @model_validator(mode="after")
    def _sound(self) -> "Question":
        if not self.question.strip():
            raise ValueError("the question is empty")
        if self.answerable != bool(self.gold):
            raise ValueError(
                "an answerable question needs a place in gold" if self.answerable else "no answer, yet a gold"
            )
        return self


def read_questions(path: Path) -> list[Question]:
    """The questions of a file, in its order.

    Raises:
        BadQuestions: If it cannot be read, or a line of it is wrong; names the line.
    """
    questions: dict[str, Question] = {}
    for number, line in enumerate(lines_of(path), start=1):
        if not line.strip():
            continue
        question = _question(line, f"{path}:{number}", f"q{number}")
        if question.id in questions:
            raise BadQuestions(f"{path}:{number}: the id {question.id} was used before.")
        questions[question.id] = question
    if not questions:
        raise BadQuestions(f"{path} has no questions.", hint="Write one JSON object a line.")
    return list(questions.values())


def lines_of(path: Path) -> list[str]:
    """The lines of a text file.

    Raises:
        BadQuestions: If it cannot be read.
    """
    try:
        # not splitlines: U+2028 and others may stand inside a JSON string
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestions(f"Cannot read {path}: {type(error).__name__}.") from error


def told(error: ValidationError) -> str:
    """What is wrong first, in one line."""
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def language_of(text: str) -> str:
    """ru where there is a Cyrillic letter, else en: names in Latin letters stand in both."""
    return "ru" if _CYRILLIC.search(text) else "en"


def _places(given: dict[str, Any]) -> Any:
    """What `gold` holds, or the place that is written beside the question."""
    gold = given.get("gold")
    if gold is None:
        gold = {key: given[key] for key in _PLACE_KEYS if given.get(key)} or []
    return [gold] if isinstance(gold, dict) else gold


def _question(line: str, where: str, name: str) -> Question:
    try:
        return Question.model_validate_json(line, context={"id": name})
    except ValidationError as error:
        raise BadQuestions(f"{where}: {told(error)}.", hint=_HINT) from error
