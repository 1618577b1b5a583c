"""The front matter of a Markdown file: `key: value` lines between two of `---`; no more of YAML than that."""

import datetime
import re
from typing import Any

from ankus_docs_rag.read.language import short_code

_BLOCK = re.compile(
    r"\ufeff?---[^\S\n]*\r?\n(.*?)^(?:---|\.\.\.)[^\S\n]*\r?(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_FIELD = re.compile(r"([A-Za-z][\w-]*)\s*:\s*(.*?)\s*")
_LONGEST = 20_000


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """What it says of the page, as fields of `Page`, and the text after it."""
    found = _BLOCK.match(text[:_LONGEST])
    if not found or not all(_is_field(line) for line in found[1].splitlines()):
        return {}, text
    fields: dict[str, list[str]] = {}
    key = ""
    for line in found[1].splitlines():
        field = _FIELD.fullmatch(line)
        if field:
            key = field[1].lower()
            fields[key] = _values(field[2])
        elif line.strip().startswith("-") and key:
            fields[key] += _values(line.strip()[1:])
    return _about(fields), text[found.end() :]


def _is_field(line: str) -> bool:
    """Whether a line may stand in front matter; a rule above ordinary text is none."""
    return not line.strip() or line[0] in " \t#-" or _FIELD.fullmatch(line) is not None


def _values(text: str) -> list[str]:
    text = text.strip()
    parts = text[1:-1].split(",") if text.startswith("[") and text.endswith("]") else [text]
    return [one for one in (_unquoted(part.strip()) for part in parts) if one]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _about(fields: dict[str, list[str]]) -> dict[str, Any]:
    one = {key: ", ".join(values) for key, values in fields.items()}
    tags = [tag.strip() for value in fields.get("tags", []) for tag in value.split(",")]
    return {
        "title": one.get("title", ""),
        "author": one.get("author") or one.get("authors", ""),
        "language": short_code(one.get("language") or one.get("lang", "")),
        "tags": tuple(tag for tag in tags if tag),
        "date": _date(one.get("date", "")),
    }


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None
