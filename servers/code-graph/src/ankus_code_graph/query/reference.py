"""How a symbol is written as an argument of a tool.

name            heap_insert
file:name       heapam.c:heap_insert, access/heap/heapam.c:heap_insert (the end of a path)
Struct.field    RelationData.rd_rel; also with a file before it
file:line       heapam.c:2040, the function at that line
"""

import re
from dataclasses import dataclass

from ankus_code_graph.errors import UnknownSymbol

_FILED = re.compile(r"(?P<file>[^:]+):(?P<rest>[^:]+)")


@dataclass(frozen=True)
class Reference:
    """What was written; `line` is 0 and `file` is "" where there is none."""

    file: str
    name: str
    line: int = 0

    @property
    def field(self) -> tuple[str, str] | None:
        """(struct, field) where the name has a point in it."""
        struct, point, field = self.name.rpartition(".")
        return (struct, field) if point and struct and field else None

    def within(self, path: str) -> bool:
        """Whether a path ends as the reference's file does."""
        return not self.file or path == self.file or path.endswith(f"/{self.file}")


def parse(text: str) -> Reference:
    """Read an argument.

    Raises:
        UnknownSymbol: If nothing can be called so.
    """
    written = text.strip().removesuffix("()")
    if not written or not storable(written):
        raise UnknownSymbol(
            f"Nothing is called {written!a}.", hint="Write name, file.c:name, Struct.field or file.c:123."
        )
    filed = _FILED.fullmatch(written)
    if filed is None:
        return Reference("", written)
    file, rest = filed["file"].removeprefix("./"), filed["rest"].strip()
    # a line that no file has is no line, whatever its size
    if rest.isascii() and rest.isdigit():
        return Reference(file, "", min(int(rest[:10]), 2**31 - 1))
    return Reference(file, rest)


def storable(text: str) -> bool:
    """Whether PostgreSQL can hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text
