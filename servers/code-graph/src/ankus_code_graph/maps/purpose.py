"""What a module is, in its own words: the first sentence of its README, or of a file's header comment."""

from pathlib import Path

from ankus_code_graph.errors import BadSource
from ankus_code_graph.maps.overview import Module, Overview
from ankus_code_graph.prose import first_sentence, header_comment
from ankus_code_graph.sources import read_source

_READMES = ("README", "README.md", "README.txt", "readme.md")
_LONGEST = 8_192
"""Bytes of a file that are looked at."""
_MOST_FOLDERS = 12


def purpose(root: Path, module: Module, overview: Overview) -> str:
    """One line about a module, "" where nothing says it; blocks.

    Args:
        root: Folder of the tree.
        overview: Knows how large the module's files are.
    """
    folder = "" if module.name == "." else f"{module.name}/"
    own = module.name.rpartition("/")[2]
    for name in _READMES:
        if found := first_sentence(_head(root, folder + name), own):
            return found
    direct = [path for path in module.paths if "/" not in path.removeprefix(folder)]
    if not direct:
        return _folders(module, folder)
    path = _main_file(own, direct, overview)
    name = path.rpartition("/")[2]
    found = first_sentence(header_comment(_head(root, path)), name, own)
    return f"{name}: {found}" if found else ""


def _folders(module: Module, folder: str) -> str:
    """The directories of a module that has nothing else."""
    names = sorted({path.removeprefix(folder).split("/")[0] for path in module.paths})
    more = f" and {len(names) - _MOST_FOLDERS} more" if len(names) > _MOST_FOLDERS else ""
    return f"the directories {', '.join(names[:_MOST_FOLDERS])}{more}"


def _main_file(own: str, paths: list[str], overview: Overview) -> str:
    """The file that most likely speaks for a module: of its own name, or else the largest, sources first."""

    def key(path: str) -> tuple[bool, bool, int]:
        stem, _, kind = path.rpartition("/")[2].rpartition(".")
        return stem == own, kind != "h", overview.files[path].lines

    return max(paths, key=key)


def _head(root: Path, path: str) -> str:
    try:
        return read_source(root, path)[:_LONGEST].decode(errors="replace")
    except BadSource:  # most directories have no README
        return ""
