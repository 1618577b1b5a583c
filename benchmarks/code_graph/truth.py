"""Truth from a compiler: what libclang sees in every translation unit of a configured build, as JSON lines.

    python -m benchmarks.code_graph.truth BUILD SOURCE OUT --builtin-headers DIR [--first]

Units are kept in OUT/units, so that a run goes on where the last one stopped. At the end all of them are
linked: a call gets the files that define its callee, among those that its program can hold.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.code_graph.compilation import Unit, first_units, read_units
from benchmarks.code_graph.link import Definitions, link
from benchmarks.code_graph.visit import Unreadable, Visitor


def collect(units: list[Unit], source: Path, cache: Path) -> list[Path]:
    """The files of `cache` with the facts of each unit, made where they are not there yet.

    A unit that cannot be read is said and left out.
    """
    cache.mkdir(parents=True, exist_ok=True)
    visitor = Visitor(source)
    kept = []
    for number, unit in enumerate(units, 1):
        file = cache / f"{_key(unit)}.json"
        if file.exists() or _read(visitor, unit, file):
            kept.append(file)
        if number % 100 == 0:
            print(f"{number} of {len(units)} units", file=sys.stderr, flush=True)
    return kept


def write_truth(files: list[Path], corpus: list[Path], out: Path) -> None:
    """Writes the units of `files`, linked by the definitions of `corpus`, one a line."""
    functions, variables = Definitions("functions"), Definitions("variables")
    for unit in map(_facts, corpus):
        functions.add(unit)
        variables.add(unit)
    beside = out.with_suffix(".part")
    with beside.open("w") as lines:
        for unit in map(_facts, files):
            link(unit, functions, variables)
            lines.write(json.dumps(unit, separators=(",", ":")) + "\n")
    beside.replace(out)


def read_truth(file: Path) -> Iterator[dict[str, Any]]:
    """The units of a truth file."""
    with file.open() as lines:
        yield from map(json.loads, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("build", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--builtin-headers", required=True, help="the folder of the compiler's stddef.h")
    parser.add_argument("--first", action="store_true", help="only a set of varied files of the server")
    arguments = parser.parse_args()
    units = read_units(arguments.build, arguments.builtin_headers)
    first = first_units(units, arguments.source)
    cache = arguments.out / "units"
    # the varied files are read first in either case: both runs share what they keep
    corpus = collect(first if arguments.first else first + units, arguments.source, cache)
    corpus = list(dict.fromkeys(corpus))
    varied = set(map(_key, first))
    write_truth([file for file in corpus if file.stem in varied], corpus, arguments.out / "truth-first.jsonl")
    if not arguments.first:
        write_truth(corpus, corpus, arguments.out / "truth-all.jsonl")
    print(f"{len(corpus)} units below {arguments.out}")


def _read(visitor: Visitor, unit: Unit, file: Path) -> bool:
    try:
        facts = asdict(visitor.read(unit))
    except Unreadable as error:
        print(f"left out: {unit.file}: {error}", file=sys.stderr)
        return False
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps(facts))
    beside.replace(file)
    return True


def _facts(file: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(file.read_text())
    return facts


def _key(unit: Unit) -> str:
    return hashlib.blake2b(f"{unit.target}\0{unit.file}".encode(), digest_size=10).hexdigest()


if __name__ == "__main__":
    main()
