"""Places in a statement: the line with a caret, and the name that stands at a position."""

import re

from ankus_postgres_sql.errors import StatementFailed

WIDTH = 100
_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_CHAIN = re.compile(rf"{_IDENTIFIER}(?:\s*\.\s*{_IDENTIFIER})*", re.UNICODE)
_PART = re.compile(_IDENTIFIER, re.UNICODE)


def place(text: str, position: int) -> str:
    """The line around a character of `text` (counted from 0), and below it a caret at the character."""
    position = min(max(position, 0), len(text))
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)].replace("\t", " ")
    column = position - start
    shift = max(0, column - WIDTH // 2)
    number = text.count("\n", 0, position) + 1
    label = f"line {number}: "
    return f"{label}{line[shift : shift + WIDTH]}\n{' ' * (len(label) + column - shift)}^"


def syntax_error(text: str, message: str, position: int | None) -> StatementFailed:
    """The error for a text that the parser rejects at `position` (None: at its end)."""
    where = place(text, len(text.rstrip()) if position is None else position)
    return StatementFailed(
        f"{message[:1].upper()}{message[1:]}.\n{where}\n", hint=_advice(text), code="syntax_error"
    )


def _advice(text: str) -> str:
    """What is often wrong in SQL that was written for another database."""
    if "`" in text:
        return 'Write names without backquotes; in "double quotes" only where they hold capitals or blanks.'
    if re.search(r"\bselect\s+(distinct\s+)?top\s+\d+\b", text, re.IGNORECASE):
        return "PostgreSQL has no TOP: write LIMIT n at the end."
    if re.search(r"\blimit\s+\d+\s*,\s*\d+", text, re.IGNORECASE):
        return "Write LIMIT count OFFSET start instead of LIMIT start, count."
    if re.search(r"\[\w+\]", text):
        return "Write names without square brackets."
    return "Correct the SQL at the caret and send the whole statement again."


def names_at(text: str, position: int) -> list[str]:
    """The parts of the dotted name at a character of `text`, folded as PostgreSQL folds them."""
    match = _CHAIN.match(text, position)
    if match is None:
        return []
    return [_folded(part) for part in _PART.findall(match[0])]


def _folded(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part.lower()
