"""list_includes: what a file includes, or what includes it, with the chain that leads there."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from anyio import to_thread

from ankus_code_graph.errors import BadSource
from ankus_code_graph.prose import counted
from ankus_code_graph.query.symbol import Symbol, symbols_of
from ankus_code_graph.query.symbols import resolve
from ankus_code_graph.query.text import few, joined, pages, place, plain
from ankus_code_graph.query.view import View, array
from ankus_code_graph.sources import read_source
from ankus_shared.answers import Answer

IncludeDirection = Literal["includes", "included_by"]
_INCLUDE = re.compile(rb'[ \t]*#[ \t]*include[ \t]*([<"][^>"\n]+[>"])')


@dataclass(frozen=True)
class Link:
    """How a file was first come to: from which other, and by which line of the one that includes."""

    parent: int
    edge: dict[str, Any]
    depth: int


async def list_includes(
    view: View, file: str, direction: IncludeDirection, transitive: bool, limit: int, offset: int
) -> Answer:
    """Files that one includes, or that include it, the nearest first.

    Raises:
        UnknownSymbol: If no file's path ends so.
        AmbiguousSymbol: If several do.
    """
    resolved = await resolve(view, file, ("File",))
    root = resolved.symbol
    links = await _links(view, root.id, direction, transitive)
    symbols = await symbols_of(view, links)
    symbols[root.id] = root
    ordered = sorted(links, key=lambda identity: (links[identity].depth, symbols[identity].file))
    shown = ordered[offset : offset + limit]
    verb = "includes" if direction == "includes" else "is included by"
    how = "directly or not" if transitive else "directly"
    text = joined(
        f"{plain(root.file)} {verb} {counted(len(links), 'file')} {how}",
        *(_line(identity, links, symbols, direction) for identity in shown),
        pages(offset, len(shown), len(links)) if links else "",
        await _outside(view, root, links) if direction == "includes" else "",
    )
    return Answer(text, {"file": root.file, "total": len(links), "offset": offset, "shown": len(shown)})


async def including_files(view: View, path: str) -> set[int]:
    """Ids of the files that include one, directly or not; none where the graph does not know it."""
    rows = await view.rows("file_of_path", path=path)
    return {identity for (root,) in rows for identity in await _links(view, int(root), "included_by", True)}


async def _links(view: View, root: int, direction: IncludeDirection, transitive: bool) -> dict[int, Link]:
    """Every file that is found, with the link that found it first: of several the least by its place."""
    name = "includes_of" if direction == "includes" else "included_by"
    links: dict[int, Link] = {}
    frontier, depth = [root], 0
    while frontier and (transitive or depth == 0):
        depth += 1
        rows = await view.rows(name, ids=array(frontier))
        fresh: dict[int, Link] = {}
        for near, far, edge in rows:
            if int(far) != root and int(far) not in links:
                fresh.setdefault(int(far), Link(int(near), json.loads(edge), depth))
        links |= fresh
        frontier = sorted(fresh)
    return links


def _line(
    identity: int, links: dict[int, Link], symbols: dict[int, Symbol], direction: IncludeDirection
) -> str:
    """`utils/rel.h  executor.h:12 > rel.h`: the file, and the lines of the chain."""
    link = links[identity]
    conditional = str(link.edge.get("condition") or "")
    condition = f"  [#if {plain(conditional, 80)}]" if conditional else ""
    chain = []
    at: Link | None = link
    while at is not None:
        chain.append(place(at.edge["file"], at.edge["lines"][:1]))
        at = links.get(at.parent)
    steps = chain if direction == "included_by" else chain[::-1]
    return f"{plain(symbols[identity].file)}  {' > '.join(steps)}{condition}"


async def _outside(view: View, root: Symbol, links: dict[int, Link]) -> str:
    """Headers that the text names and the graph has no file for: the system's, and generated ones."""
    try:
        text = await to_thread.run_sync(read_source, view.graph.root, root.file)
    except BadSource as error:
        return f"Headers out of the tree are not listed: {error.message}"
    known = {line for link in links.values() if link.parent == root.id for line in link.edge["lines"]}
    found = [
        f"{match[1].decode('utf-8', 'replace')}:{turn}"
        for turn, line in enumerate(text.split(b"\n"), 1)
        if turn not in known and (match := _INCLUDE.match(line))
    ]
    return f"Not in the graph (of the system, generated, or not found): {few(found, 20)}." if found else ""
