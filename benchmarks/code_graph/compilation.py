"""The translation units of a configured build, with the flags that libclang needs to read them.

meson setup ../build -Dauto_features=disabled -Dcassert=true
ninja <the generated headers and sources>
"""

import json
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FLAGS_WITH_VALUE = ("-I", "-D", "-U", "-include", "-isystem", "-iquote")
FLAGS_KEPT = ("-I", "-D", "-U", "-std=", "-m", "-isystem", "-iquote", "-fwrapv", "-fno-strict-aliasing")
FIRST_AREAS = (
    *("access/heap", "access/nbtree", "access/transam", "access/gin", "access/brin", "catalog", "commands"),
    *("executor", "libpq", "nodes", "optimizer/path", "optimizer/plan", "parser", "partitioning"),
    *("postmaster", "replication/logical", "rewrite", "storage/buffer", "storage/lmgr", "storage/ipc"),
    *("tcop", "tsearch", "utils/adt", "utils/cache", "utils/error", "utils/mmgr", "utils/misc"),
    *("utils/sort", "utils/time"),
)
"""Folders of src/backend: the first set takes a few files of each."""
FIRST_OF_AREA = 3


@dataclass(frozen=True, slots=True)
class Unit:
    """A translation unit: the file (absolute), its flags, where they apply, what it is linked into."""

    file: str
    flags: tuple[str, ...]
    directory: str
    target: str

    @property
    def frontend(self) -> bool:
        """Whether it is compiled for a client program."""
        return "-DFRONTEND" in self.flags or not self._of_server

    @property
    def _of_server(self) -> bool:
        return "-DBUILDING_DLL" in self.flags or "src/backend" in self.target or ".so.p" in self.target


def read_units(build: Path, builtin_headers: str) -> list[Unit]:
    """Every C unit of the build's compile_commands.json, in its order.

    `builtin_headers` is the folder of stddef.h and its like, which libclang from PyPI comes without.

    Raises:
        FileNotFoundError: Where the build is not configured.
    """
    commands = json.loads((build / "compile_commands.json").read_text())
    return [_unit(command, builtin_headers) for command in commands if command["file"].endswith(".c")]


def first_units(units: list[Unit], source: Path) -> list[Unit]:
    """Varied files of the server: the largest of each area."""
    chosen: list[Unit] = []
    for area in FIRST_AREAS:
        folder = str(source / "src/backend" / area)
        there = [unit for unit in units if os.path.dirname(unit.file) == folder]
        there.sort(key=lambda unit: -os.path.getsize(unit.file))
        chosen += there[:FIRST_OF_AREA]
    return chosen


def _unit(command: dict[str, str], builtin_headers: str) -> Unit:
    directory = command["directory"]
    flags = (*_kept(shlex.split(command["command"])), f"-isystem{builtin_headers}", "-w")
    file = os.path.realpath(os.path.join(directory, command["file"]))
    return Unit(file, flags, directory, os.path.dirname(command["output"]))


def _kept(arguments: list[str]) -> Iterator[str]:
    """The flags that change what the preprocessor and the parser see."""
    following = iter(arguments)
    for argument in following:
        if argument in FLAGS_WITH_VALUE:
            yield from (argument, next(following))
        elif argument.startswith(FLAGS_KEPT):
            yield argument
