"""From what a person or a model writes to the symbol that is meant: the one resolver of all tools."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from psycopg import sql

from ankus_code_graph.errors import AmbiguousSymbol, UnknownSymbol
from ankus_code_graph.query.nearest import nearest
from ankus_code_graph.query.reference import Reference, parse
from ankus_code_graph.query.symbol import KINDS, WORDS, Symbol, read_symbol
from ankus_code_graph.query.text import few, joined, title
from ankus_code_graph.query.view import View, array

NAMED = tuple(KINDS.values())
LISTED = 12
_USES = {
    "Function": ("CALLS", "POINTS"),
    "Macro": ("EXPANDS", "MACRO_CALLS"),
    "Struct": ("USES_TYPE",),
    "Enum": ("USES_TYPE",),
    "Field": ("READS", "WRITES"),
    "GlobalVar": ("READS", "WRITES"),
    "File": ("INCLUDES",),
    "SqlFunction": ("IMPLEMENTS",),
}
"""What counts as a use, when the most used of several variants is taken."""


@dataclass(frozen=True)
class Resolved:
    """The symbol that is meant, its variants under other conditions, and namesakes of other kinds."""

    symbol: Symbol
    variants: list[Symbol]
    namesakes: list[Symbol]

    def note(self) -> str:
        """What else the name could have meant; "" where nothing."""
        variants = few(map(title, self.variants), 4)
        namesakes = few(map(title, self.namesakes), 4)
        return joined(
            f"The most used of its #if and port variants; the others: {variants}." if variants else "",
            f"Of the same name: {namesakes}." if namesakes else "",
        )


async def resolve(view: View, text: str, labels: Sequence[str]) -> Resolved:
    """The one symbol that `text` means.

    Args:
        labels: Kinds that the question can be asked of; of a name that several have, the first counts.

    Raises:
        UnknownSymbol: With the nearest names.
        AmbiguousSymbol: With the candidates; not where they are variants of one under #if or of ports.
    """
    reference = parse(text)
    found = await candidates(view, reference, NAMED)
    for label in labels:
        fitting = [symbol for symbol in found if symbol.label == label]
        if fitting:
            namesakes = [symbol for symbol in found if symbol.label != label]
            return await _chosen(view, text, fitting, namesakes)
    raise await _unknown(view, text, reference, found, labels)


async def candidates(view: View, reference: Reference, labels: Sequence[str]) -> list[Symbol]:
    """Every symbol of these labels that a reference fits, by file and line."""
    if reference.line:
        found = await _at_line(view, reference, labels)
    else:
        found = await _of_name(view, reference, labels)
    fitting = {symbol.id: symbol for symbol in found if reference.within(symbol.file)}
    return sorted(fitting.values(), key=lambda symbol: (symbol.file, symbol.line, symbol.id))


async def _of_name(view: View, reference: Reference, labels: Sequence[str]) -> list[Symbol]:
    """Symbols by the indexes on names; by their typedefs, values and paths, which few have, by reading."""
    parts = [_by_name(view, label, "name", "name") for label in labels if label not in ("File", "Field")]
    for label in ("Struct", "Enum"):
        parts += [_having(view, label, "typedefs")] if label in labels else []
    parts += [_having(view, "Enum", "values")] if "Enum" in labels else []
    parts += [_files(view)] if "File" in labels else []
    struct, field = reference.field or ("", reference.name)
    parts += [_by_name(view, "Field", "name", "field")] if "Field" in labels else []
    parameters = {
        "name": json.dumps(reference.name, ensure_ascii=False),
        "field": json.dumps(field, ensure_ascii=False),
        "typedefs": json.dumps({"typedefs": [reference.name]}, ensure_ascii=False),
        "values": json.dumps({"values": [reference.name]}, ensure_ascii=False),
        "path": reference.name,
    }
    rows = await view.run(sql.SQL(" UNION ALL ").join(parts), parameters)
    found = [read_symbol(*row) for row in rows]
    if not struct:
        return found
    structs = {struct} | {symbol.name for symbol in await _structs(view, struct)}
    return [s for s in found if s.label != "Field" or s.properties["struct"] in structs]


async def _structs(view: View, name: str) -> list[Symbol]:
    """Structs of a name or a typedef."""
    parts = [_by_name(view, "Struct", "name", "name"), _having(view, "Struct", "typedefs")]
    parameters = {
        "name": json.dumps(name, ensure_ascii=False),
        "typedefs": json.dumps({"typedefs": [name]}, ensure_ascii=False),
    }
    return [read_symbol(*row) for row in await view.run(sql.SQL(" UNION ALL ").join(parts), parameters)]


async def _at_line(view: View, reference: Reference, labels: Sequence[str]) -> list[Symbol]:
    """What stands at a line of a file: a function before what it is made of."""
    files = await view.run(_files(view), {"path": reference.file})
    paths = [read_symbol(*row).file for row in files]
    found = await in_files(
        view, paths, [label for label in labels if label in ("Function", "Macro", "Struct")]
    )
    at = [symbol for symbol in found if symbol.line <= reference.line <= symbol.end]
    functions = [symbol for symbol in at if symbol.label == "Function"]
    return functions or at


async def in_files(view: View, paths: Sequence[str], labels: Sequence[str]) -> list[Symbol]:
    """The symbols of these labels that stand in files."""
    if not paths or not labels:
        return []
    parts = [
        sql.SQL(
            "SELECT id, properties FROM {g}.{label} WHERE "
            "ag_catalog.agtype_access_operator(properties, '\"file\"'::agtype) = ANY(%(files)s::agtype[])"
        ).format(g=view.schema, label=sql.Identifier(label))
        for label in labels
    ]
    files = [json.dumps(path, ensure_ascii=False) for path in paths]
    rows = await view.run(sql.SQL(" UNION ALL ").join(parts), {"files": files})
    return [read_symbol(*row) for row in rows]


def _by_name(view: View, label: str, key: str, parameter: str) -> sql.Composed:
    return sql.SQL(
        "SELECT id, properties FROM {g}.{label} WHERE "
        "ag_catalog.agtype_access_operator(properties, {key}::agtype) = {value}::agtype"
    ).format(
        g=view.schema,
        label=sql.Identifier(label),
        key=sql.Literal(json.dumps(key)),
        value=sql.Placeholder(parameter),
    )


def _having(view: View, label: str, key: str) -> sql.Composed:
    """Vertices that have a word in a list."""
    return sql.SQL("SELECT id, properties FROM {g}.{label} WHERE properties @> {value}::agtype").format(
        g=view.schema, label=sql.Identifier(label), value=sql.Placeholder(key)
    )


def _files(view: View) -> sql.Composed:
    """Files whose path ends so."""
    return sql.SQL(
        'SELECT id, properties FROM {g}."File" WHERE right('
        "'/' || agtype_object_field_text(properties, 'path'::text), length(%(path)s::text) + 1)"
        " = '/' || %(path)s::text"
    ).format(g=view.schema)


async def _chosen(view: View, text: str, fitting: list[Symbol], namesakes: list[Symbol]) -> Resolved:
    if len(fitting) == 1:
        return Resolved(fitting[0], [], namesakes)
    exact = [symbol for symbol in fitting if symbol.label == "File" and symbol.file == text.strip()]
    if exact:
        return Resolved(exact[0], [], namesakes)
    if not variants(fitting):
        raise _ambiguous(text, fitting)
    uses = await _uses(view, fitting)
    first, *others = sorted(fitting, key=lambda s: (-uses.get(s.id, 0), s.file, s.line))
    return Resolved(first, others, namesakes)


def variants(symbols: Sequence[Symbol]) -> bool:
    """Whether no program can hold two of them: all but at most one file's are of a port or under #if."""
    free = {symbol.file for symbol in symbols if not symbol.condition and not _of_port(symbol.file)}
    one_file = {symbol.file for symbol in symbols}
    return symbols[0].label != "File" and (len(one_file) == 1 or len(free) <= 1)


def _of_port(file: str) -> bool:
    """Whether a file is one platform's: in a folder `port`, or named win32, unix, posix, sysv."""
    parts = PurePosixPath(file).parts
    return "port" in parts[:-1] or any(word in parts[-1] for word in ("win32", "unix", "posix", "sysv"))


async def _uses(view: View, symbols: Sequence[Symbol]) -> dict[int, int]:
    """How many edges end at each."""
    ids = array(symbol.id for symbol in symbols)
    parts = [
        sql.SQL("SELECT end_id FROM {g}.{label} WHERE end_id = ANY(%(ids)s::graphid[])").format(
            g=view.schema, label=sql.Identifier(label)
        )
        for label in _USES[symbols[0].label]
    ]
    query = sql.SQL("SELECT end_id, count(*) FROM ({}) e GROUP BY end_id").format(
        sql.SQL(" UNION ALL ").join(parts)
    )
    return {int(end): int(many) for end, many in await view.run(query, {"ids": ids})}


def _ambiguous(text: str, symbols: list[Symbol]) -> AmbiguousSymbol:
    return AmbiguousSymbol(
        f"{text} means {len(symbols)} symbols.",
        hint=f"Write one of them as file:name or file:line: {few(map(title, symbols), LISTED)}.",
    )


async def _unknown(
    view: View, text: str, reference: Reference, others: list[Symbol], labels: Sequence[str]
) -> UnknownSymbol:
    kinds = ", ".join(WORDS[label] for label in labels)
    if others:
        return UnknownSymbol(f"{text} is a {title(others[0])}.", hint=f"This tool takes a {kinds}.")
    if reference.line:
        return UnknownSymbol(
            f"No function is known at {text}.", hint="Check the path and the line with get_source."
        )
    close = await nearest(view, reference.name, labels)
    hint = f"Like it: {', '.join(close)}." if close else "Look with find_symbol and a pattern such as *name*."
    return UnknownSymbol(f"No {kinds} is called {text}.", hint=hint)
