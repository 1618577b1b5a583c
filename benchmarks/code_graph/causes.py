"""Why pairs are wrong or missed, as groups that a person can work through."""

from collections import defaultdict

from benchmarks.code_graph.claims import Graph
from benchmarks.code_graph.expected import Expected, Key
from benchmarks.code_graph.match import Group, Pair, Verdict


def causes_of_wrong(verdict: Verdict, expected: dict[Key, Expected]) -> dict[str, list[str]]:
    """Examples "target <- caller (evidence)" of wrong pairs, by cause."""
    causes: dict[str, list[str]] = defaultdict(list)
    for pair, group in verdict.wrong.items():
        causes[_cause_of_wrong(pair, group, expected)].append(_example(pair, group))
    return causes


def causes_of_missed(verdict: Verdict, graph: Graph) -> dict[str, list[str]]:
    """Examples "target <- caller" of missed pairs, by cause."""
    callers = {(thing.name, thing.file) for thing in graph.things.values() if thing.label == "Function"}
    names = {thing.name for thing in graph.things.values()}
    elsewhere = {pair[:3] for side in (verdict.wrong, verdict.right) for pair in side}
    causes: dict[str, list[str]] = defaultdict(list)
    for key, wanted in verdict.missed.items():
        how = "direct" if wanted.direct else "macro"
        if key[0] and key[:2] not in callers:
            cause = "the caller is not in the graph"
        elif key in elsewhere:
            cause = f"{how}: linked to another file"
        elif key[2] and key[2] not in names:
            cause = f"{how}: the target is not in the graph"
        else:
            cause = f"{how}: no edge"
        line = min(wanted.lines, default=0)
        where = f"{key[1]}:{line}; in {', '.join(sorted(wanted.files))}" if key[2] else how
        causes[cause].append(f"{key[2] or key[1]} <- {key[0]} ({where})")
    return causes


def _cause_of_wrong(pair: Pair, group: Group, expected: dict[Key, Expected]) -> str:
    rule = group.claims[0].rule if group.claims else ""
    wanted = expected.get(pair[:3])
    if wanted is None:
        return f"no such use ({rule})"
    if wanted.inside:
        return f"defined in another file ({rule})"
    return f"taken from a system library or generated ({rule})"


def _example(pair: Pair, group: Group) -> str:
    caller, file, target, where = pair
    if not group.claims:
        return f"{caller} ({file})"
    claim = group.claims[0]
    chain = f" via {' > '.join(claim.via)}" if claim.via else ""
    return f"{target} <- {caller} ({claim.file}:{claim.lines[0]}{chain}; in {where})"
