"""Questions about PostgreSQL's source whose answers the compiler knows.

    python -m benchmarks.code_graph.questions TRUTH        # draws them anew into questions.toml

A question has names that its answer must hold (`has`) and names that it must not (`lacks`): functions of the
same file that the truth does not count in. Which are asked is drawn by a hash, so that another truth of the
same source draws the same ones.
"""

import argparse
import hashlib
import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.code_graph.expected import Key, Truth, gather
from benchmarks.code_graph.truth import read_truth

Group = TypeVar("Group", str, tuple[str, str])
FILE = Path(__file__).with_name("questions.toml")
SERVER = "src/backend/"
FEWEST, MOST, DECOYS = 2, 12, 3
FIRST_OF = {
    "callers": 8,
    "callers by macros": 6,
    "callees": 5,
    "writers": 7,
    "macro writers": 3,
    "readers": 4,
    "field users": 6,
    "field writers": 4,
    "includes": 4,
    "path": 6,
    "no path": 2,
    "definition": 4,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question: in words, what kind it is, of whom, and what a right answer holds and does not hold."""

    kind: str
    ask: str
    subject: str
    has: list[str]
    lacks: list[str]
    to: str = ""
    steps: int = 0


def read_questions(file: Path = FILE) -> list[Question]:
    """The questions of the file."""
    return [Question(**question) for question in tomllib.loads(file.read_text())["question"]]


def write_questions(questions: Iterable[Question], file: Path = FILE) -> None:
    """Writes the file; TOML's strings and lists of them are JSON's."""
    parts = ["# Drawn from the compiler's truth: python -m benchmarks.code_graph.questions TRUTH\n"]
    for question in questions:
        given = {name: value for name, value in asdict(question).items() if value not in ("", 0)}
        parts.append(
            "[[question]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items())
        )
    file.write_text("\n".join(parts))


class Drawing:
    """Draws questions of every kind from a truth."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._places: dict[str, set[str]] = defaultdict(set)
        self._mates: dict[str, set[str]] = defaultdict(set)
        for name, file in truth.functions:
            self._places[name].add(file)
            self._mates[file].add(name)
        self._calls = {key: found for key, found in truth.pairs["calls"].items() if found.inside}
        self._following: dict[str, set[str]] = defaultdict(set)
        for key in self._calls:
            self._following[key[0]].add(key[2])

    def all(self) -> list[Question]:
        """The questions of every kind, each kind's first by hash."""
        kinds: dict[str, Callable[[], Iterator[Question]]] = {
            "callers": lambda: self._callers("callers", direct=True),
            "callers by macros": lambda: self._callers("callers by macros", direct=False),
            "callees": self._callees,
            "writers": lambda: self._users("writers", "writes", "Which functions write the global {}?", True),
            "macro writers": lambda: self._users(
                "macro writers", "writes", "Which functions write the global {}, by macros too?", False
            ),
            "readers": lambda: self._users("readers", "reads", "Which functions read the global {}?", None),
            "field users": lambda: self._users(
                "field users", "fields", "Which functions use the field {}?", None
            ),
            "field writers": lambda: self._users(
                "field writers", "field writes", "Which functions write the field {}?", None
            ),
            "includes": self._includes,
            "path": self._paths,
            "no path": self._no_paths,
            "definition": self._definitions,
        }
        return [question for kind, draw in kinds.items() for question in _first(draw(), FIRST_OF[kind])]

    def _callers(self, kind: str, direct: bool) -> Iterator[Question]:
        """Functions whose callers all are direct, or all by macros alone."""
        for callee, keys in _grouped(self._calls, lambda key: key[2]).items():
            if self._plain(callee) and all(self._calls[key].direct == direct for key in keys):
                how = "" if direct else ", in the text or by what macros expand to"
                yield from self._asked(kind, f"Which functions call {callee}{how}?", callee, keys)

    def _callees(self) -> Iterator[Question]:
        for (caller, file), keys in _grouped(self._calls, lambda key: key[:2]).items():
            callees = sorted({key[2] for key in keys})
            if self._plain(caller) and file.startswith(SERVER) and FEWEST <= len(callees) <= MOST:
                lacks = _first_names(self._mates[file] - set(callees) - {caller}, caller)
                yield Question("callees", f"Which functions does {caller} call?", caller, callees, lacks)

    def _users(self, kind: str, relation: str, ask: str, direct: bool | None) -> Iterator[Question]:
        pairs = {key: found for key, found in self._truth.pairs[relation].items() if found.inside}
        optional = {(key[0], key[2]) for key in self._truth.optional[relation]}
        for name, keys in _grouped(pairs, lambda key: key[2]).items():
            wanted = direct is None or all(pairs[key].direct == direct for key in keys)
            places = {file for key in keys for file in pairs[key].files}
            if wanted and len(places) == 1 and not any((key[0], name) in optional for key in keys):
                yield from self._asked(kind, ask.format(name), name, keys)

    def _asked(self, kind: str, ask: str, subject: str, keys: list[Key]) -> Iterator[Question]:
        """A question whose answer is callers of the server, few enough for one page."""
        names = sorted({key[0] for key in keys})
        files = {key[1] for key in keys}
        if FEWEST <= len(names) <= MOST and all(file.startswith(SERVER) for file in files):
            mates = set().union(*(self._mates[file] for file in files)) - set(names) - {subject}
            yield Question(kind, ask, subject, names, _first_names(mates, subject))

    def _includes(self) -> Iterator[Question]:
        for included, keys in _grouped(self._truth.pairs["includes"], lambda key: key[2]).items():
            files = sorted(key[1] for key in keys)
            if FEWEST <= len(files) <= MOST and included.startswith("src/include/"):
                others = {file for file in self._truth.units if file.startswith(SERVER)} - set(files)
                ask = f"Which files include {included} directly?"
                yield Question("includes", ask, included, files, _first_names(others, included))

    def _paths(self) -> Iterator[Question]:
        """Pairs of functions three to five calls apart, asked for the shortest chain."""
        for start in _first_names({key[0] for key in self._calls if self._server(key)}, "path", 40):
            reached = self._reach(start, 5)
            far = {name for name, depth in reached.items() if depth >= 3 and self._plain(name)}
            for end in _first_names(far, start, 1):
                ask = f"How does {start} reach {end}, by the fewest calls?"
                yield Question("path", ask, start, [start, end], [], end, reached[end])

    def _no_paths(self) -> Iterator[Question]:
        """Functions that call nothing of the tree, asked for a way to a hub."""
        callers = {key[0] for key in self._truth.pairs["calls"]}
        leaves = {name for name, file in self._truth.functions if file.startswith(SERVER)} - callers
        for start in _first_names({name for name in leaves if self._plain(name)}, "leaf", 20):
            ask = f"Does {start} reach heap_insert by calls?"
            yield Question("no path", ask, start, ["No path"], [], "heap_insert")

    def _definitions(self) -> Iterator[Question]:
        for name, files in self._places.items():
            [file, *others] = sorted(files)
            if not others and file.startswith(SERVER) and self._truth.functions[name, file] == "source":
                yield Question("definition", f"Where is {name} defined?", name, [file], [])

    def _plain(self, name: str) -> bool:
        """Whether a name means one function of the server, in every configuration that the truth knows."""
        files = self._places.get(name, set())
        return len(files) == 1 and all(file.startswith(SERVER) for file in files)

    def _server(self, key: Key) -> bool:
        return key[1].startswith(SERVER) and self._plain(key[0])

    def _reach(self, start: str, most: int) -> dict[str, int]:
        """Functions by how few calls lead there."""
        reached, frontier = {start: 0}, {start}
        for depth in range(1, most + 1):
            frontier = set().union(*(self._following.get(name, set()) for name in frontier)) - set(reached)
            reached |= dict.fromkeys(frontier, depth)
        return reached


def _grouped(pairs: Iterable[Key], by: Callable[[Key], Group]) -> dict[Group, list[Key]]:
    groups: dict[Group, list[Key]] = defaultdict(list)
    for key in pairs:
        groups[by(key)].append(key)
    return groups


def _first(questions: Iterable[Question], count: int) -> list[Question]:
    return sorted(questions, key=lambda question: _hash(question.ask))[:count]


def _first_names(names: Iterable[str], of: str, count: int = DECOYS) -> list[str]:
    return sorted(names, key=lambda name: _hash(f"{of} {name}"))[:count]


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode()).digest()


def main() -> None:
    parser = argparse.ArgumentParser(description="draw questions from the compiler's truth")
    parser.add_argument("truth", type=Path)
    questions = Drawing(gather(read_truth(parser.parse_args().truth))).all()
    write_questions(questions)
    print(f"{len(questions)} questions: {FILE}")


if __name__ == "__main__":
    main()
