"""A graph made by hand against truth made by hand; and properties of the comparison over random ones."""

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ankus_code_graph.model import Edge, Vertex, graph_id
from benchmarks.code_graph.accuracy import Score, compare, report, scores, table
from benchmarks.code_graph.claims import graph_of
from benchmarks.code_graph.expected import Truth, gather
from benchmarks.code_graph.match import Verdict


def function(name: str, file: str, line: int = 1, origin: str = "source") -> dict[str, Any]:
    return {"name": name, "file": file, "line": line, "start": line, "end": line, "origin": origin}


def call(
    caller: str, callee: str, files: list[str], how: str = "direct", file: str = "a.c"
) -> dict[str, Any]:
    row = {"caller": caller, "file": file, "callee": callee, "callee_files": files}
    return row | {"use": "call", "class": how, "line": 5}


def truth_of(
    functions: Iterable[dict[str, Any]], skipped: dict[str, list[list[int]]] | None = None, **rows: Any
) -> Truth:
    unit = {"file": "a.c", "functions": list(functions), "skipped": skipped or {"a.c": [], "b.c": []}}
    empty: dict[str, Any] = {name: [] for name in ("calls", "globals", "fields", "includes")}
    return gather([unit | empty | rows])


class Drawn:
    """A graph by hand; vertices come into being where an edge names them."""

    def __init__(self) -> None:
        self.vertices: dict[int, Vertex] = {}
        self.edges: list[Edge] = []

    def vertex(self, label: str, name: str, file: str, **more: Any) -> int:
        identity = graph_id(label, file, name, str(more.get("line", 1)), str(more.get("struct", "")))
        properties = {"name": name, "path": name, "file": file, "line": 1} | more
        self.vertices[identity] = Vertex(identity, file, properties)
        return identity

    def edge(self, label: str, start: int, end: int, line: int = 5, **more: Any) -> None:
        identity = graph_id(label, str(start), str(end), str(more))
        file = self.vertices[start].properties["file"]
        properties = {"file": file, "lines": [line], "rule": "direct", "via": []} | more
        self.edges.append(Edge(identity, start, end, file, properties))

    def calls(self, caller: str, callee: str, file: str = "a.c", to: str = "a.c", **more: Any) -> None:
        start, end = self.vertex("Function", caller, file), self.vertex("Function", callee, to)
        self.edge("CALLS", start, end, **more)

    def against(self, truth: Truth) -> dict[str, Verdict]:
        return compare(truth, graph_of(self.vertices.values(), self.edges))


def counts(verdict: Verdict) -> tuple[int, int, int, int]:
    return len(verdict.right), len(verdict.wrong), len(verdict.found), len(verdict.missed)


def test_calls_are_right_wrong_found_and_missed() -> None:
    truth = truth_of(
        [function("f", "a.c"), function("g", "a.c")],
        calls=[call("f", "g", ["a.c"]), call("f", "h", ["b.c"], "macro"), call("f", "puts", [])],
    )
    drawn = Drawn()
    drawn.calls("f", "g")
    drawn.calls("f", "k", to="b.c")
    verdict = drawn.against(truth)["calls"]
    assert counts(verdict) == (1, 1, 1, 1)
    assert list(verdict.missed) == [("f", "a.c", "h")]
    assert list(verdict.wrong) == [("f", "a.c", "k", "b.c")]


def test_a_call_of_the_same_name_in_another_file_is_wrong_and_missed() -> None:
    truth = truth_of([function("f", "a.c")], calls=[call("f", "g", ["a.c"])])
    drawn = Drawn()
    drawn.calls("f", "g", to="b.c")
    assert counts(drawn.against(truth)["calls"]) == (0, 1, 0, 1)


def test_edges_that_differ_by_macro_chain_are_one_pair_and_direct_if_one_is() -> None:
    truth = truth_of([function("f", "a.c")], calls=[call("f", "g", ["a.c"])])
    drawn = Drawn()
    drawn.vertex("Macro", "M", "a.c")
    drawn.calls("f", "g", rule="macro", via=["M"])
    drawn.calls("f", "g")
    verdict = drawn.against(truth)["calls"]
    assert counts(verdict) == (1, 0, 1, 0)
    assert [group.direct for group in verdict.right.values()] == [True]


def test_what_the_compiler_did_not_see_is_not_judged() -> None:
    truth = truth_of([function("f", "a.c")], {"a.c": [[5, 5]], "b.c": []}, calls=[])
    drawn = Drawn()
    drawn.calls("f", "g", line=5)
    drawn.calls("elsewhere", "g", file="c.c")
    drawn.calls("f", "h", line=6, rule="pointer")
    verdict = drawn.against(truth)["calls"]
    assert counts(verdict) == (0, 0, 0, 0)
    assert verdict.unjudged == {
        "lines not compiled": 1,
        "caller not in the truth": 1,
        "through a pointer": 1,
    }


def test_a_macro_is_judged_by_its_compiled_definition() -> None:
    truth = truth_of([function("f", "a.c")], {"a.c": [[20, 30]]}, calls=[])
    drawn = Drawn()
    live, dead = (drawn.vertex("Macro", "M", "a.c", line=line) for line in (10, 25))
    in_live, in_dead = (drawn.vertex("Function", name, "a.c") for name in ("in_live", "in_dead"))
    drawn.edge("MACRO_CALLS", live, in_live)
    drawn.edge("MACRO_CALLS", dead, in_dead)
    for callee in ("in_live", "in_dead"):
        drawn.calls("f", callee, rule="macro", via=["M"])
    drawn.calls("f", "in_live", rule="macro", via=["ABSENT"])
    verdict = drawn.against(truth)["calls"]
    assert [pair[2] for pair in verdict.wrong] == ["in_live"]
    assert verdict.unjudged == {"macro not compiled": 1}


def test_a_port_of_another_system_is_not_judged_but_a_seen_target_is() -> None:
    truth = truth_of([function("f", "a.c")], calls=[call("f", "strlcpy", []), call("f", "read", [])])
    drawn = Drawn()
    drawn.calls("f", "strlcpy", to="port/strlcpy.c")
    drawn.calls("f", "read", to="b.c")
    verdict = drawn.against(truth)["calls"]
    assert [pair[2] for pair in verdict.wrong] == ["read"]
    assert verdict.unjudged == {"target of another configuration": 1}


def test_functions_from_templates_are_known_by_the_header_or_by_the_unit() -> None:
    made = function("b_insert", "template.h", 3, "template") | {"instance": "a.c"}
    for file in ("template.h", "a.c"):
        truth = truth_of([function("f", "a.c"), made], calls=[call("f", "b_insert", ["template.h"])])
        drawn = Drawn()
        drawn.calls("f", "b_insert", to=file, rule="template")
        verdicts = drawn.against(truth)
        assert counts(verdicts["calls"]) == (1, 0, 1, 0)
        assert counts(verdicts["functions"]) == (2, 0, 2, 0)


def test_functions_of_branches_and_files_that_were_not_compiled_are_not_judged() -> None:
    truth = truth_of([function("f", "a.c")], {"a.c": [[9, 9]]})
    drawn = Drawn()
    for name, file, line in (("f", "a.c", 1), ("off", "a.c", 9), ("else", "c.c", 1), ("invented", "a.c", 2)):
        drawn.vertex("Function", name, file, line=line)
    verdict = drawn.against(truth)["functions"]
    assert [pair[0] for pair in verdict.wrong] == ["invented"]
    assert verdict.unjudged == {"lines not compiled": 1, "file not in the truth": 1}


def test_writes_reads_and_addresses_of_globals() -> None:
    row = {"caller": "f", "file": "a.c", "class": "direct", "line": 5, "global_files": ["a.c"]}
    rows = [
        row | {"global": name, "use": use}
        for name, use in (
            ("w", "write"),
            ("u", "update"),
            ("d", "decay"),
            ("r", "read"),
            ("z", "unevaluated"),
        )
    ]
    truth = truth_of([function("f", "a.c")], globals=rows)
    drawn = Drawn()
    f = drawn.vertex("Function", "f", "a.c")
    for name in "wudrz":
        drawn.edge("READS", f, drawn.vertex("GlobalVar", name, "a.c"))
        drawn.edge("WRITES", f, drawn.vertex("GlobalVar", name, "a.c"))
    verdicts = drawn.against(truth)
    assert {pair[2] for pair in verdicts["writes"].right} == {"w", "u"}
    assert {pair[2] for pair in verdicts["writes"].wrong} == {"d", "r", "z"}
    assert {pair[2] for pair in verdicts["reads"].wrong} == {"w"}
    assert {key[2] for key in verdicts["reads"].found} == {"u", "r"}


def test_fields_by_struct_and_includes_by_file() -> None:
    row = {"caller": "f", "file": "a.c", "struct": "S", "field": "x", "struct_file": "s.h"}
    truth = truth_of(
        [function("f", "a.c")],
        {"a.c": [], "s.h": []},
        fields=[row | {"use": "write", "class": "direct", "line": 5}],
        includes=[["a.c", "s.h"], ["a.c", "t.h"]],
    )
    drawn = Drawn()
    f = drawn.vertex("Function", "f", "a.c")
    drawn.edge("WRITES", f, drawn.vertex("Field", "x", "s.h", struct="S"))
    drawn.edge("READS", f, drawn.vertex("Field", "x", "t.h", struct="Other"))
    drawn.edge("INCLUDES", drawn.vertex("File", "a.c", "a.c"), drawn.vertex("File", "s.h", "s.h"))
    verdicts = drawn.against(truth)
    assert counts(verdicts["fields"]) == (1, 1, 1, 0)
    assert counts(verdicts["field writes"]) == (1, 0, 1, 0)
    assert counts(verdicts["includes"]) == (1, 0, 1, 1)


def test_fields_of_unnamed_structs_are_known_by_file_and_name() -> None:
    row = {"caller": "f", "file": "a.c", "field": "x", "struct_file": "s.h", "use": "read"}
    truth = truth_of(
        [function("f", "a.c")],
        fields=[row | {"struct": "outer", "class": "direct", "line": 5}],
    )
    for struct, file, expected in (
        ("@4.1", "s.h", (1, 0, 1, 0)),
        ("SH_TYPE", "s.h", (1, 0, 1, 0)),
        ("@4.1", "t.h", (0, 1, 0, 1)),
    ):
        drawn = Drawn()
        f = drawn.vertex("Function", "f", "a.c")
        drawn.edge("READS", f, drawn.vertex("Field", "x", file, struct=struct))
        assert counts(drawn.against(truth)["fields"]) == expected


def test_the_table_says_which_goals_were_missed_and_the_report_why() -> None:
    truth = truth_of([function("f", "a.c")], calls=[call("f", "g", ["a.c"]), call("f", "h", ["b.c"])])
    drawn = Drawn()
    drawn.calls("f", "g")
    drawn.calls("f", "h", to="a.c")
    text = report(truth, graph_of(drawn.vertices.values(), drawn.edges), show=1, only="calls")
    assert "calls, direct       0.5000        2    0.5000        2   0.985 / 0.985  MISSED" in text
    assert "1 defined in another file (direct)" in text
    assert "h <- f (a.c:5; in a.c)" in text
    assert "1 direct: linked to another file" in text


def test_a_score_without_anything_to_judge_is_full() -> None:
    assert "1.0000" in table([Score("calls", 0, 0, 0, 0)])


NAMES = st.sampled_from("abcd")
FILES = st.sampled_from(["a.c", "b.c"])
PAIRS = st.sets(st.tuples(NAMES, FILES, NAMES, FILES), max_size=12)


def _one_definition(pairs: set[tuple[str, str, str, str]]) -> set[tuple[str, str, str, str]]:
    """A caller means one definition by a name."""
    return set({pair[:3]: pair for pair in sorted(pairs)}.values())


def _drawn(pairs: Iterable[tuple[str, str, str, str]]) -> Drawn:
    drawn = Drawn()
    for caller, file, callee, to in pairs:
        drawn.calls(caller, callee, file, to)
    return drawn


def _truth(pairs: Iterable[tuple[str, str, str, str]]) -> Truth:
    return truth_of(
        [function(name, file) for name in "abcd" for file in ("a.c", "b.c")],
        calls=[call(caller, callee, [to], file=file) for caller, file, callee, to in pairs],
    )


@given(PAIRS.map(_one_definition), PAIRS.map(_one_definition))
def test_right_and_wrong_are_the_claims_found_and_missed_the_truth(
    wanted: set[tuple[str, str, str, str]], claimed: set[tuple[str, str, str, str]]
) -> None:
    verdict = _drawn(claimed).against(_truth(wanted))["calls"]
    assert set(verdict.right) == claimed & wanted
    assert set(verdict.wrong) == claimed - wanted
    assert set(verdict.found) == {pair[:3] for pair in claimed & wanted}
    assert set(verdict.missed) == {pair[:3] for pair in wanted - claimed}


@given(PAIRS.map(_one_definition))
def test_a_graph_of_the_truth_itself_is_perfect(wanted: set[tuple[str, str, str, str]]) -> None:
    for score in scores(_drawn(wanted).against(_truth(wanted))):
        if score.name.startswith("calls"):
            assert (score.precision, score.recall) == (1, 1)
