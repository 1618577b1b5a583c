"""get_source: the text of a symbol or of a range of lines, with their numbers."""

from dataclasses import dataclass

from anyio import to_thread

from ankus_code_graph.errors import BadSource, UnknownSymbol
from ankus_code_graph.query.symbols import NAMED, resolve
from ankus_code_graph.query.text import joined, plain, title
from ankus_code_graph.query.view import View
from ankus_code_graph.sources import read_source, source_hash
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame

PAGE_LINES = 300
LONGEST_LINE = 500
CHANGED = (
    "The file changed since it was indexed: the lines may have moved. Run index_repository to see what the "
    "graph knows of the new text."
)


@dataclass(frozen=True)
class Range:
    """Lines of a file, from 1 on, both ends included."""

    file: str
    start: int
    end: int
    head: str


async def get_source(view: View, symbol: str, file: str, start: int, end: int, context: int) -> Answer:
    """Lines of one file, at most `PAGE_LINES` of them.

    Args:
        symbol: As the other tools take it; "" for a file.
        file: A path or its end.
        start: First line; 0 for the beginning of the symbol or of the file.
        end: Last line; 0 for the end.
        context: Lines before and behind.

    Raises:
        UnknownSymbol: If there is no such symbol or file, or neither is given.
        AmbiguousSymbol: If there are several.
        BadSource: If the file is gone or may not be read, or ends before `start`.
    """
    wanted = await _wanted(view, symbol, file, start, end, context)
    data = await to_thread.run_sync(read_source, view.graph.root, wanted.file)
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    first, last = max(1, wanted.start), min(wanted.end, len(lines))
    changed = await _changed(view, wanted.file, data)
    if first > len(lines):
        raise BadSource(
            f"{plain(wanted.file)} has {len(lines)} lines, and {first} is behind its end.",
            hint=CHANGED if changed else "Ask for lines within it.",
        )
    shown = min(last, first + PAGE_LINES - 1)
    text = joined(
        f"{wanted.head} lines {first}-{shown} of {plain(wanted.file)} ({len(lines)} lines)",
        CHANGED if changed else "",
        frame(_numbered(lines, first, shown), f"{wanted.file}:{first}-{shown}"),
        f"Cut at {PAGE_LINES} lines; next: file={plain(wanted.file)} start={shown + 1} end={last}."
        if shown < last
        else "",
    )
    return Answer(
        text, {"file": wanted.file, "start": first, "end": shown, "lines": len(lines), "changed": changed}
    )


async def _wanted(view: View, symbol: str, file: str, start: int, end: int, context: int) -> Range:
    if not symbol and not file:
        raise UnknownSymbol(
            "Neither a symbol nor a file is given.", hint="Give symbol, or file with start and end."
        )
    if file:
        name = f"{file}:{symbol}" if symbol else file
        resolved = await resolve(view, name, NAMED if symbol else ("File",))
    else:
        resolved = await resolve(view, symbol, NAMED)
    found = resolved.symbol
    of_file = found.label == "File"
    first = start or (1 if of_file else found.line)
    last = end or (2**31 if of_file or start > found.end else found.end)
    head = joined("" if of_file else f"{title(found)}.", resolved.note())
    return Range(found.file, first - context, max(first, last) + context, head)


async def _changed(view: View, path: str, data: bytes) -> bool:
    rows = await view.rows("indexed_hash", graph=view.graph.name, path=path)
    return bool(rows) and bytes(rows[0][0]) != source_hash(data)


def _numbered(lines: list[str], first: int, last: int) -> str:
    width = len(str(last))
    return "\n".join(
        f"{turn:>{width}}  {_cut(line)}" for turn, line in enumerate(lines[first - 1 : last], first)
    )


def _cut(line: str) -> str:
    rest = len(line) - LONGEST_LINE
    return line if rest <= 0 else f"{line[:LONGEST_LINE]}… (+{rest} characters)"
