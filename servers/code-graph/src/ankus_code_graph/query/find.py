"""find_symbol: what a name or a pattern matches, the best first."""

from dataclasses import dataclass

from ankus_code_graph.errors import UnknownSymbol
from ankus_code_graph.named import named
from ankus_code_graph.prose import counted
from ankus_code_graph.query.nearest import nearest
from ankus_code_graph.query.reference import Reference, parse
from ankus_code_graph.query.symbol import KINDS, Symbol, symbols_of
from ankus_code_graph.query.symbols import NAMED, candidates
from ankus_code_graph.query.text import described, joined, pages, plain
from ankus_code_graph.query.view import View
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame

RANKS = ("of that name", "but for case", "begin with it", "contain it")
PATTERN_RANKS = ("", "", "", "match the pattern")


@dataclass(frozen=True)
class Hit:
    """A symbol and the name by which it was found, which may be a typedef or a value of an enum."""

    symbol: Symbol
    by: str


@dataclass(frozen=True)
class Found:
    """A page of hits, and how many there are of each rank."""

    hits: list[Hit]
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


async def find_symbol(view: View, name: str, kind: str, limit: int, offset: int) -> Answer:
    """Symbols by name, `file.c:name`, `Struct.field`, `file.c:line` or a pattern with `*`.

    Args:
        kind: A key of `KINDS`; "" for all.

    Raises:
        UnknownSymbol: If nothing matches; with the nearest names.
    """
    labels = [KINDS[kind]] if kind else list(NAMED)
    reference = parse(name)
    if reference.line:
        at = await candidates(view, reference, labels)
        found = Found(
            [Hit(symbol, symbol.name) for symbol in at[offset : offset + limit]], [len(at), 0, 0, 0]
        )
    else:
        found = await _search(view, reference, labels, limit, offset)
    if not found.total:
        raise await _nothing(view, name, reference, labels)
    return _answer(view, name, reference, found, offset)


async def _search(view: View, reference: Reference, labels: list[str], limit: int, offset: int) -> Found:
    rows = await view.run(
        view.names() + named("query/find_symbol"),
        {
            "labels": labels,
            "name": reference.name,
            "pattern": like(reference.name) if "*" in reference.name else "",
            "file": reference.file,
            "dotted": "." in reference.name,
            "slashed": "/" in reference.name,
            "limit": limit,
            "offset": offset,
        },
    )
    page = [(int(identity), name) for _, identity, name, _ in rows if identity is not None]
    symbols = await symbols_of(view, [identity for identity, _ in page])
    return Found(
        [Hit(symbols[identity], name) for identity, name in page], [count or 0 for count in rows[0][0]]
    )


def like(pattern: str) -> str:
    """A pattern with `*` in the words of SQL's LIKE, in lower case."""
    literal = pattern.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return literal.replace("*", "%")


async def _nothing(view: View, text: str, reference: Reference, labels: list[str]) -> UnknownSymbol:
    if reference.line:
        return UnknownSymbol(f"Nothing is known at {text}.", hint="Look at the lines with get_source.")
    close = await nearest(view, reference.name, labels)
    hint = f"Like it: {', '.join(close)}." if close else "Try a part of the name, or search_code."
    return UnknownSymbol(f"No name in graph {view.graph.name} contains {text}.", hint=hint)


def _answer(view: View, text: str, reference: Reference, found: Found, offset: int) -> Answer:
    ranks = PATTERN_RANKS if "*" in reference.name else RANKS
    counts = [f"{count:,} {rank}" for count, rank in zip(found.counts, ranks, strict=True) if count]
    head = f"{plain(text)}: {counted(found.total, 'symbol')} ({'; '.join(counts)})"
    lines = "\n".join(map(_line, found.hits))
    return Answer(
        joined(
            head,
            frame(lines, f"graph {view.graph.name}") if lines else "",
            pages(offset, len(found.hits), found.total),
        ),
        {"total": found.total, "offset": offset, "shown": len(found.hits), "graph": view.graph.name},
    )


def _line(hit: Hit) -> str:
    bare = hit.symbol.name.rpartition("/")[2] if hit.symbol.label == "File" else hit.symbol.name
    same = hit.by in (hit.symbol.name, bare, hit.symbol.properties.get("name"))
    return described(hit.symbol) + ("" if same else f"  by its name {plain(hit.by)}")
