"""A graph against the truth: which claims are right, wrong or not to be judged, and what was missed.

A graph keeps every #if branch, the compiler took one. A claim is judged only where the compiler saw its
evidence: its caller is a function of the truth, one of its lines was compiled, every macro of its chain has
a compiled definition that leads on, and a target of the name stands in a file that the compiler saw. What is
left out is counted, by reason.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.code_graph.claims import Claim, Graph, Thing
from benchmarks.code_graph.expected import Expected, Key, Truth

LABELS = {
    "calls": ("CALLS",),
    "writes": ("WRITES",),
    "reads": ("READS",),
    "addresses": ("ADDRESSES",),
    "fields": ("READS", "WRITES", "ADDRESSES"),
    "field writes": ("WRITES",),
    "includes": ("INCLUDES",),
}
TARGET = {"calls": "Function", "includes": "File", "fields": "Field", "field writes": "Field"}
Pair = tuple[str, str, str, str]
"""Caller, its file, name of what it uses, the file that this is in."""


@dataclass(slots=True)
class Group:
    """All claims of one pair: the edges differ by macro chain."""

    claims: list[Claim] = field(default_factory=list)

    @property
    def direct(self) -> bool:
        return any(not claim.via for claim in self.claims)


@dataclass(slots=True)
class Verdict:
    """The comparison of one relation.

    Attributes:
        right, wrong: Judged pairs of the graph with their claims.
        found, missed: Pairs of the truth.
        unjudged: How many pairs were left out, by reason.
    """

    right: dict[Pair, Group] = field(default_factory=dict)
    wrong: dict[Pair, Group] = field(default_factory=dict)
    found: dict[Key, Expected] = field(default_factory=dict)
    missed: dict[Key, Expected] = field(default_factory=dict)
    unjudged: Counter[str] = field(default_factory=Counter)


class Matcher:
    """Compares one graph with one truth."""

    def __init__(self, truth: Truth, graph: Graph) -> None:
        self._truth = truth
        self._graph = graph
        self._templates: dict[str, list[str]] = defaultdict(list)
        for (name, file), origin in truth.functions.items():
            if origin == "template":
                self._templates[name].append(file)
        self._take_macros()
        self._take_fields()

    def functions(self) -> Verdict:
        """Functions by (name, file); the keys have an empty third part, or an empty fourth for pairs."""
        verdict = Verdict()
        found = set()
        for thing in self._graph.things.values():
            if thing.label == "Function":
                key = self._caller(thing)
                pair = (thing.name, thing.file, "", "")
                if key is not None:
                    found.add(key)
                    verdict.right[pair] = Group()
                elif reason := self._unjudged_function(thing):
                    verdict.unjudged[reason] += 1
                else:
                    verdict.wrong[pair] = Group()
        for key, origin in self._truth.functions.items():
            side = verdict.found if key in found else verdict.missed
            side[(*key, "")] = Expected(direct=origin == "source", inside=True)
        return verdict

    def relation(self, name: str) -> Verdict:
        """One of the relations between functions and what they use, or between files."""
        verdict = Verdict()
        expected = self._truth.pairs[name]
        groups = self._groups(name, verdict)
        for pair, group in groups.items():
            self._judge(name, pair, group, verdict)
        claimed: dict[Key, set[str]] = defaultdict(set)
        for pair in groups:
            claimed[pair[:3]].add(pair[3])
        for key, wanted in expected.items():
            if wanted.inside:
                files = claimed.get(key, set())
                right = self._files(name, key[2], wanted)
                side = verdict.found if files & right else verdict.missed
                side[key] = wanted
        return verdict

    def _groups(self, relation: str, verdict: Verdict) -> dict[Pair, Group]:
        """The graph's claims by pair, of callers that the truth knows."""
        groups: dict[Pair, Group] = defaultdict(Group)
        for claim in self._claims(relation):
            if relation == "includes":
                key: tuple[str, str] | None = ("", claim.start.name)
            else:
                key = self._caller(claim.start)
            if key is None:
                verdict.unjudged["caller not in the truth"] += 1
            else:
                groups[(*key, self._name(key, claim.end), claim.end.file)].claims.append(claim)
        return groups

    def _name(self, caller: tuple[str, str], target: Thing) -> str:
        """The truth's name of a target.

        The compiler knows unnamed structs by what is around them and a template's by its pasted name; a graph
        may have its own names for both. Fields are the same if the caller, the field and its file are.
        """
        if target.label != "Field" or target.name in self._field_names:
            return target.name
        name = target.name.rpartition(".")[2]
        return self._fields_by_file.get((*caller, name, target.file), target.name)

    def _take_fields(self) -> None:
        """All names of fields, and those that a caller uses by the field's own name and file."""
        fields = self._truth.pairs["fields"]
        self._field_names = {key[2] for key in fields}
        self._fields_by_file = {
            (key[0], key[1], key[2].rpartition(".")[2], file): key[2]
            for key, expected in fields.items()
            for file in expected.files
        }

    def _claims(self, relation: str) -> Iterator[Claim]:
        wanted = TARGET.get(relation, "GlobalVar")
        for label in LABELS[relation]:
            for claim in self._graph.claims[label]:
                function = relation == "addresses" and claim.end.label == "Function"
                if claim.end.label == wanted or function:
                    yield claim

    def _judge(self, relation: str, pair: Pair, group: Group, verdict: Verdict) -> None:
        expected = self._truth.pairs[relation].get(pair[:3])
        if expected is not None and pair[3] in self._files(relation, pair[2], expected):
            verdict.right[pair] = group
        elif pair[:3] in self._truth.optional[relation]:
            verdict.unjudged["either way is right (in sizeof, an array as a pointer)"] += 1
        elif reason := self._unjudged(group, expected):
            verdict.unjudged[reason] += 1
        else:
            verdict.wrong[pair] = group

    def _unjudged(self, group: Group, expected: Expected | None) -> str:
        """Why the truth cannot say that none of the claims is right; "" if it can."""
        claims = group.claims
        if all(claim.rule == "pointer" for claim in claims):
            return "through a pointer"
        if not any(self._evidence_compiled(claim) for claim in claims):
            return "lines not compiled"
        if not any(self._evidence_compiled(claim) and self._chain_compiled(claim) for claim in claims):
            return "macro not compiled"
        outside = expected is not None and not expected.inside
        if outside and not any(self._target_compiled(claim.end) for claim in claims):
            return "target of another configuration"
        return ""

    def _files(self, relation: str, name: str, expected: Expected) -> set[str]:
        """Where the target may stand: a function made from a template also in the file that makes it."""
        made = self._truth.instances.get(name, set()) if relation == "calls" else set()
        return expected.files | made

    def _evidence_compiled(self, claim: Claim) -> bool:
        compiled = self._truth.compiled
        started = claim.start.label == "File" or compiled(claim.start.file, claim.start.line)
        return started and any(compiled(claim.file, line) for line in claim.lines)

    def _target_compiled(self, target: Thing) -> bool:
        return self._truth.compiled(target.file, target.line)

    def _chain_compiled(self, claim: Claim) -> bool:
        """Whether each macro of the chain has a compiled definition, and one that leads to the next name."""
        following = (*claim.via, claim.end.name)[1:]
        return all(
            macro in self._macros and (macro, name) not in self._dead_links
            for macro, name in zip(claim.via, following, strict=True)
        )

    def _take_macros(self) -> None:
        """Macros with a compiled definition, and the names that only other definitions lead to."""
        compiled = self._truth.compiled
        things = self._graph.things.values()
        self._macros = {
            thing.name for thing in things if thing.label == "Macro" and compiled(thing.file, thing.line)
        }
        live: set[tuple[str, str]] = set()
        dead: set[tuple[str, str]] = set()
        for claim in self._graph.claims["MACRO_CALLS"]:
            side = live if compiled(claim.start.file, claim.start.line) else dead
            side.add((claim.start.name, claim.end.name))
        self._dead_links = dead - live

    def _caller(self, thing: Thing) -> tuple[str, str] | None:
        """The truth's key of a function of the graph."""
        if (thing.name, thing.file) in self._truth.functions:
            return thing.name, thing.file
        if thing.file in self._truth.instances.get(thing.name, ()):
            return thing.name, self._templates[thing.name][0]
        return None

    def _unjudged_function(self, thing: Thing) -> str:
        if thing.file not in self._truth.skipped:
            return "file not in the truth"
        if not self._truth.compiled(thing.file, thing.line):
            return "lines not compiled"
        if thing.origin == "template" and thing.file not in self._truth.units:
            return "template of another unit"
        return ""
