"""The questions of an example database, each with SQL whose result is right."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "ru"]
Kind = Literal["one-table", "join", "aggregate", "window", "date"]

SHOP = Path(__file__).parent.parent / "examples" / "shop" / "questions.toml"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question in words, with its gold SQL."""

    id: str
    language: Language
    kind: Kind
    question: str
    sql: str
    note: str
    """Where a careless reader goes wrong."""
    ordered: bool = False
    """The words ask for an order of the rows."""
    extra_columns: bool = False
    """The words name no columns, so an answer may show more of the same rows."""

    def __post_init__(self) -> None:
        """Check what the types promise.

        Raises:
            ValueError: If the language or the kind is not one of the known ones, or the id is not a word.
        """
        for value, known in ((self.language, get_args(Language)), (self.kind, get_args(Kind))):
            if value not in known:
                raise ValueError(f"question {self.id}: {value!r} is not one of {', '.join(known)}")
        if not self.id.replace("-", "").isalnum():
            raise ValueError(f"question {self.id!r}: an id is made of letters, digits and hyphens")


def load_questions(path: Path = SHOP) -> tuple[Question, ...]:
    """The questions of a TOML file of `[[question]]` tables, in its order.

    Raises:
        ValueError: If a value is unknown or an id is there twice.
        TypeError: If a field is missing or unknown.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    questions = tuple(Question(**{**entry, "sql": entry["sql"].strip()}) for entry in entries)
    if len({question.id for question in questions}) < len(questions):
        raise ValueError(f"{path}: two questions have the same id")
    return questions
