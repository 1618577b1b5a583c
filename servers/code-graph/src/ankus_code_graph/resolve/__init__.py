"""Links the facts of all files: which definition each name means, through macros, pointers and templates."""

from collections.abc import Iterable, Iterator

from ankus_code_graph.extract.facts import Facts
from ankus_code_graph.resolve.index import Index
from ankus_code_graph.resolve.instances import Instances
from ankus_code_graph.resolve.rows import FileRows, Rows
from ankus_code_graph.resolve.scope import Scope
from ankus_code_graph.resolve.tree import Tree

__all__ = ["Resolver", "Rows"]


class Resolver:
    """A tree whose names can be given their meaning, file by file.

    Args:
        files: Facts by path.
        numbered: See `Tree`.
    """

    def __init__(self, files: dict[str, Facts], numbered: list[str] | None = None) -> None:
        self.tree = Tree(files, numbered)
        self.index = Index(files)
        self.instances = Instances(self.tree, self.index)
        self.instances.find_all()

    def rows(self, paths: Iterable[str]) -> Iterator[tuple[str, Rows]]:
        """The rows of each of these files."""
        for path in paths:
            scope = Scope(self.tree, self.index, path)
            yield path, FileRows(self.tree, self.index.files[path], self.instances, scope).make()
