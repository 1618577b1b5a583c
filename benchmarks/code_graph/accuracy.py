"""Precision and recall of a graph against a compiler's truth.

    python -m benchmarks.code_graph.accuracy TRUTH --name GRAPH --database URL [--show 20]

Recall is taken over the pairs of the truth, precision over the pairs of the graph that the truth can judge
(see `match`). A call is direct if its callee's name stands in the caller's text anywhere.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.code_graph.causes import causes_of_missed, causes_of_wrong
from benchmarks.code_graph.claims import Graph, stored_graph
from benchmarks.code_graph.expected import RELATIONS, Truth, gather
from benchmarks.code_graph.match import Matcher, Verdict
from benchmarks.code_graph.truth import read_truth

GOALS = {
    "functions": (0.99, 0.99),
    "calls": (0.96, 0.96),
    "calls, direct": (0.985, 0.985),
    "calls, macro": (None, 0.85),
    "writes": (0.93, 0.90),
}


@dataclass(frozen=True, slots=True)
class Score:
    """One line of the table: shares of counts."""

    name: str
    right: int
    judged: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        return self.right / self.judged if self.judged else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def reached(self) -> bool:
        """Whether both goals are reached, where there are any."""
        precision, recall = GOALS.get(self.name, (None, None))
        return self.precision >= (precision or 0) and self.recall >= (recall or 0)


def compare(truth: Truth, graph: Graph) -> dict[str, Verdict]:
    """The verdict of every relation, functions first."""
    matcher = Matcher(truth, graph)
    return {"functions": matcher.functions()} | {name: matcher.relation(name) for name in RELATIONS}


def scores(verdicts: dict[str, Verdict]) -> Iterator[Score]:
    """The lines of the table; calls and writes come whole, direct and macro-made."""
    for name, verdict in verdicts.items():
        counts = (len(verdict.right), len(verdict.wrong), len(verdict.found), len(verdict.missed))
        yield _score(name, *counts)
        if name in ("calls", "writes"):
            yield _part(f"{name}, direct", verdict, True)
            yield _part(f"{name}, macro", verdict, False)


def table(found: Iterable[Score]) -> str:
    """The scores as text, goals beside them."""
    lines = [f"{'':16}{'precision':>10}{'of':>9}{'recall':>10}{'of':>9}   goal"]
    for score in found:
        goal = " / ".join("-" if share is None else f"{share:g}" for share in GOALS.get(score.name, ()))
        verdict = "" if not goal else "  reached" if score.reached else "  MISSED"
        shares = f"{score.precision:10.4f}{score.judged:9,}{score.recall:10.4f}{score.wanted:9,}"
        lines.append(f"{score.name:16}{shares}   {goal}{verdict}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="precision and recall of a graph")
    parser.add_argument("truth", type=Path)
    parser.add_argument("--name", required=True, help="of the graph")
    parser.add_argument("--database", required=True, help="its URL")
    parser.add_argument("--show", type=int, default=0, help="examples of each cause of an error")
    parser.add_argument("--only", choices=("functions", *RELATIONS), help="the relation to show errors of")
    arguments = parser.parse_args()
    truth = gather(read_truth(arguments.truth))
    with psycopg.connect(arguments.database) as connection:
        graph = stored_graph(connection, arguments.name)
    print(report(truth, graph, arguments.show, arguments.only))


def report(truth: Truth, graph: Graph, show: int = 0, only: str | None = None) -> str:
    """The table, what was not judged, and `show` examples of each cause of an error."""
    verdicts = compare(truth, graph)
    parts = [table(scores(verdicts)), *map(_unjudged, verdicts.items())]
    for name, verdict in verdicts.items() if show else ():
        if only in (None, name):
            parts.append(
                f"== {name}: wrong\n{_listed(causes_of_wrong(verdict, truth.pairs.get(name, {})), show)}"
            )
            parts.append(f"== {name}: missed\n{_listed(causes_of_missed(verdict, graph), show)}")
    return "\n".join(part for part in parts if part)


def _score(name: str, right: int, wrong: int, found: int, missed: int) -> Score:
    return Score(name, right, right + wrong, found, found + missed)


def _part(name: str, verdict: Verdict, direct: bool) -> Score:
    right, wrong = (
        sum(group.direct == direct for group in side.values()) for side in (verdict.right, verdict.wrong)
    )
    found, missed = (
        sum(expected.direct == direct for expected in side.values())
        for side in (verdict.found, verdict.missed)
    )
    return _score(name, right, wrong, found, missed)


def _unjudged(item: tuple[str, Verdict]) -> str:
    name, verdict = item
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in verdict.unjudged.most_common())
    return f"not judged, {name}: {reasons}" if reasons else ""


def _listed(causes: dict[str, list[str]], show: int) -> str:
    """Causes by how often they come, with examples of the targets that come most often."""
    lines = []
    for cause, examples in sorted(causes.items(), key=lambda item: -len(item[1])):
        lines.append(f"{len(examples):7,} {cause}")
        common = Counter(example.partition(" <- ")[0] for example in examples)
        for target, count in common.most_common(show):
            one = next(example for example in examples if example.partition(" <- ")[0] == target)
            lines.append(f"        {count:6,} {one}")
    return "\n".join(lines) or "        none"


if __name__ == "__main__":
    main()
