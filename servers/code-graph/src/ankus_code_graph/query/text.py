"""How answers are written: one line a thing, `file:line` in it, totals and how to go on."""

from collections.abc import Iterable, Sequence
from typing import Any

from ankus_code_graph.query.symbol import WORDS, Symbol

LINES_SHOWN = 6
BODY_SHOWN = 100
NAMES_SHOWN = 8


def plain(text: str, limit: int = 0) -> str:
    """Text of a source on one line: what no reader sees is escaped, what is longer than `limit` is cut."""
    joined = " ".join(text.split())
    visible = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in joined
    )
    return visible if not limit or len(visible) <= limit else f"{visible[: limit - 1]}…"


def place(file: str, lines: Sequence[int]) -> str:
    """`file:1,2,3`, and how many more there are."""
    if not lines:
        return plain(file)
    shown = ",".join(map(str, lines[:LINES_SHOWN]))
    rest = len(lines) - LINES_SHOWN
    return f"{plain(file)}:{shown}{f'(+{rest})' if rest > 0 else ''}"


def title(symbol: Symbol) -> str:
    """What it is and where: `function palloc src/mcxt.c:12-40`."""
    until = f"-{symbol.end}" if symbol.end > symbol.line and symbol.label != "File" else ""
    return f"{WORDS[symbol.label]} {plain(symbol.name)} {plain(symbol.place)}{until}"


def described(symbol: Symbol) -> str:
    """Its title, how it is declared, and the condition that it stands under."""
    parts = [title(symbol), plain(_declaration(symbol), BODY_SHOWN)]
    if symbol.properties.get("origin", "source") != "source":
        parts.append(f"({symbol.properties['origin']})")
    if symbol.condition:
        parts.append(f"[#if {plain(symbol.condition, BODY_SHOWN)}]")
    return "  ".join(part for part in parts if part)


def _declaration(symbol: Symbol) -> str:
    """How it is declared, as far as the graph knows."""
    known: dict[str, Any] = symbol.properties
    match symbol.label:
        case "Function":
            return str(known.get("signature", ""))
        case "Macro":
            params = "" if known.get("params") is None else f"({known['params']})"
            return f"#define {known['name']}{params} {known.get('body', '')}"
        case "Struct":
            return f"{known.get('kind', 'struct')} {_typedefs(known)}"
        case "Enum":
            return f"{_typedefs(known)} {{{few(known.get('values') or [])}}}".strip()
        case "Field" | "GlobalVar":
            return str(known.get("type", ""))  # as it is written, `static` included
        case "SqlFunction":
            return (
                f"({known.get('args', '')}) returns {known.get('returns', '')}, C {known.get('source', '')}"
            )
        case _:
            return f"{known.get('lines', 0)} lines"


def _typedefs(known: dict[str, Any]) -> str:
    names = [name for name in known.get("typedefs") or [] if name != known.get("name")]
    return f"typedef {few(names)}" if names else ""


def few(names: Iterable[object], shown: int = NAMES_SHOWN) -> str:
    """The first names, and how many more there are."""
    every = [plain(str(name), BODY_SHOWN) for name in names]
    rest = len(every) - shown
    return ", ".join(every[:shown]) + (f" (+{rest} more)" if rest > 0 else "")


def certainty(confidence: float) -> str:
    """Nothing where the language leaves one reading, and else the number."""
    return "" if confidence >= 1 else f" {confidence:.2g}"


def pages(offset: int, shown: int, total: int) -> str:
    """Which part of the whole was shown and how to see the next; "" where it was all."""
    if offset == 0 and shown == total:
        return ""
    if not shown:
        return f"Nothing at offset {offset}: there are {total:,}."
    last = offset + shown
    more = f"; next: offset={last}" if last < total else "; that is the end"
    return f"{offset + 1:,} to {last:,} of {total:,} shown{more}."


def joined(*parts: str) -> str:
    """Parts of an answer, each on lines of its own, without the empty ones."""
    return "\n".join(part for part in parts if part)
