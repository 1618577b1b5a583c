"""Questions with answers, one JSON object a line -> a page each."""

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Page
from ankus_docs_rag.read.charset import decode
from ankus_docs_rag.read.compose import Composer
from ankus_docs_rag.read.language import short_code
from ankus_docs_rag.read.text import paragraphs
from ankus_docs_rag.read.visible import clean, one_line
from ankus_docs_rag.read.where import Where

_QUESTION = ("question", "title", "q", "query", "prompt", "вопрос")
_DETAIL = ("body", "details", "description", "question_body", "text")
_ANSWER = ("answers", "answer", "a", "response", "completion", "accepted_answer", "ответ", "ответы")
_ID = ("id", "question_id", "uuid", "_id")
_URL = ("url", "link")
_DATE = ("date", "created", "created_at", "creation_date")


def read_qa(data: bytes | str, where: Where) -> list[Page]:
    """A page for each record, at the path `file#id`; without an id it is the line's number.

    Raises:
        BadSource: If a line is no JSON object with a question and an answer; the message names the line.
    """
    text = decode(data, where.path)
    pages: dict[str, Page] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            page = _page(_record(line, number, where.path), number, where)
            if page.path in pages:
                raise _broken(
                    where.path, number, f"has the id of another record: {page.path.rsplit('#', 1)[1]}"
                )
            pages[page.path] = page
    return list(pages.values())


def _record(line: str, number: int, path: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _broken(path, number, f"is no JSON ({error})") from error
    if not isinstance(record, dict):
        raise _broken(path, number, "is no JSON object")
    return {str(key).lower(): value for key, value in record.items()}


def _page(record: Mapping[str, Any], number: int, where: Where) -> Page:
    question, answers = _first(record, _QUESTION), list(_texts(_value(record, _ANSWER)))
    detail = _first(record, _DETAIL)
    if not (question or detail).strip() or not any(answer.strip() for answer in answers):
        raise _broken(
            where.path, number, f"lacks a question or an answer; it has {', '.join(record) or 'nothing'}"
        )
    key = one_line(clean(_first(record, _ID))) or str(number)
    composer = Composer()
    group = composer.new_group()
    for paragraph in paragraphs(f"{question}\n\n{detail}" if question else detail):
        composer.add(paragraph, "question", group=group)
    for answer in answers:
        for paragraph in paragraphs(answer):
            composer.add(paragraph, "answer", group=group)
    title = one_line(clean(question or detail))
    place = replace(where, path=f"{where.path}#{key}", url=_first(record, _URL) or where.url)
    return composer.page(place, title, "qa", **_about(record))


def _about(record: Mapping[str, Any]) -> dict[str, Any]:
    tags = record.get("tags")
    return {
        "author": _first(record, ("author", "user", "owner")),
        "date": _date(_value(record, _DATE)),
        "language": short_code(_first(record, ("language", "lang"))),
        "tags": tuple(one_line(clean(tag)) for tag in _texts(tags) if tag.strip()),
    }


def _value(record: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((record[name] for name in names if record.get(name) not in (None, "", [])), None)


def _first(record: Mapping[str, Any], names: Iterable[str]) -> str:
    """The first of the values as text; an object's text is in it."""
    return next(_texts(_value(record, names)), "")


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value: itself, those of a list, that of an object."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        lowered = {str(key).lower(): part for key, part in value.items()}
        yield from _texts(_value(lowered, (*_ANSWER, *_DETAIL, "content", "name")))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _date(value: Any) -> datetime.date | None:
    try:
        if isinstance(value, int | float):
            return datetime.datetime.fromtimestamp(value, datetime.UTC).date()
        return datetime.date.fromisoformat(str(value)[:10])
    except (ValueError, OverflowError, OSError):
        return None


def _broken(path: str, number: int, what: str) -> BadSource:
    return BadSource(
        f"Line {number} of {path} {what}.",
        hint='Give one object a line, such as {"question": "…", "answer": "…"}.',
    )
