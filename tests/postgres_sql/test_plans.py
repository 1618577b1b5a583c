"""What a plan says of a slow query: each planted fault is found, and a healthy query has none."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.plans.compare import compare_plans
from ankus_postgres_sql.plans.explain import explain_query
from ankus_postgres_sql.plans.finding import Finding
from ankus_postgres_sql.plans.findings import findings
from ankus_postgres_sql.plans.model import parse_plan
from ankus_shared.errors import AnkusError
from tests.fixtures import db
from tests.fixtures.db import Clone, Server
from tests.postgres_sql.conftest import Open

LARGE = """
CREATE TABLE large AS SELECT g AS id, g % 50 AS a, g % 50 AS b, md5(g::text) || md5(g::text) AS pad
  FROM generate_series(1, 100000) g;
CREATE INDEX large_a ON large (a);
CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 3000) g;
VACUUM ANALYZE large; ANALYZE small;
GRANT SELECT ON large, small TO PUBLIC;
"""


@pytest.fixture(scope="module")
def planted(embedded: Server) -> Iterator[Clone]:
    """A database with a table of 11 MB, made once: nothing here changes it."""
    with db._cloned(embedded) as clone:
        _plant(clone)
        yield clone


def _plant(clone: Clone) -> None:
    with clone.admin() as admin:
        for command in filter(str.strip, LARGE.split(";")):
            admin.execute(command.encode())  # one by one, as VACUUM wants it
        for setting in ("jit = off", "max_parallel_workers_per_gather = 0"):
            admin.execute(f"ALTER ROLE ankus_reader IN DATABASE {clone.name} SET {setting}".encode())


@pytest.mark.parametrize(
    ("work_mem", "query", "kind", "said"),
    [
        ("1MB", "SELECT * FROM large ORDER BY pad", "sort_spilled", "MB to disk"),
        ("1MB", "SELECT DISTINCT id FROM large", "aggregate_spilled", "MB to disk"),
        ("1MB", "SELECT count(*) FROM large x JOIN large y USING (pad)", "hash_spilled", "MB to disk"),
        ("1MB", "SELECT count(*) FROM large WHERE a = 7 AND b = 7", "misestimate", "on a, b for independent"),
        ("1MB", "SELECT * FROM large WHERE pad = 'x'", "filter_removes_most", "and threw 100000 away"),
        ("1MB", "SELECT max(pad) FROM large", "seq_scan_large", "about 100000 rows"),
        ("64kB", "SELECT * FROM large WHERE a IN (1, 2, 3, 4, 5)", "lossy_bitmap", "was too small"),
        (
            "1MB",
            "SELECT s.id, (SELECT count(*) FROM small t WHERE t.id < s.id % 9) FROM small s",
            "correlated_subplan",
            "SubPlan 1 ran 3000 times",
        ),
        ("1MB", "SELECT * FROM large", "hot", "Seq Scan on large took"),
    ],
)
async def test_a_planted_fault_is_found_with_what_it_means_and_what_to_try(
    planted: Clone, open_clone: Open, work_mem: str, query: str, kind: str, said: str
) -> None:
    answer = await explain_query(await open_clone(planted, work_mem=work_mem), query, analyze=True)
    assert kind in [found["kind"] for found in answer.structured["findings"]]
    line = next(line for line in answer.text.split("\n") if line.startswith(f"- {kind}:"))
    assert said in line
    assert " Try: " in line


async def test_a_healthy_query_has_no_finding(database: Database) -> None:
    answer = await explain_query(database, "SELECT * FROM orders WHERE id = 1", analyze=True)
    assert answer.structured["findings"] == []
    assert "Nothing wrong was found." in answer.text


async def test_a_large_table_read_for_few_rows_is_seen_without_running(
    planted: Clone, open_clone: Open
) -> None:
    answer = await explain_query(await open_clone(planted), "SELECT * FROM large WHERE id = 5")
    assert answer.structured["findings"] == [{"kind": "seq_scan_large", "node": 1}]
    assert "an index on the filter's columns (id)" in answer.text
    assert answer.structured["analyzed"] is False


async def test_the_plan_is_a_tree_of_one_line_a_node(each_database: Database) -> None:
    text = (await explain_query(each_database, "SELECT * FROM orders o ORDER BY o.status", True)).text
    tree = text.split('<untrusted source="plan">\n')[1].split("\n</untrusted>")[0].split("\n")
    assert tree[0].startswith("#1 Sort  Sort Key: o.status  rows=2000→2000 self=")
    assert tree[1].startswith("  #2 Seq Scan on orders o  rows=2000→2000 self=")


@pytest.mark.parametrize(
    "text",
    [
        "EXPLAIN SELECT * FROM orders",
        "/* first */ explain (verbose, costs off) (SELECT * FROM orders)",
        "EXPLAIN VERBOSE SELECT * FROM orders",
        "EXPLAIN (SELECT * FROM orders)",
        "EXPLAIN (ANALYZE off) SELECT * FROM orders",
    ],
)
async def test_an_explain_is_taken_for_its_query(database: Database, text: str) -> None:
    answer = await explain_query(database, text)
    assert answer.structured["analyzed"] is False
    assert "#1 Seq Scan on orders" in answer.text


@pytest.mark.parametrize("text", ["EXPLAIN ANALYZE SELECT 1", "EXPLAIN (ANALYZE, BUFFERS) SELECT 1"])
async def test_an_explain_analyze_is_measured(database: Database, text: str) -> None:
    assert (await explain_query(database, text)).structured["analyzed"] is True


async def test_the_place_of_an_error_in_an_explained_query_stays(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await explain_query(database, "EXPLAIN (COSTS off) SELECT nam FROM customers")
    assert caught.value.hint == "Nearest: customers.name."


async def test_what_has_no_plan_or_is_no_read_is_refused(database: Database) -> None:
    with pytest.raises(AnkusError, match="SHOW has no plan"):
        await explain_query(database, "SHOW work_mem")
    with pytest.raises(AnkusError, match="Refused"):
        await explain_query(database, "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1")


JOIN = "SELECT c.name FROM orders o JOIN customers c ON c.id = o.customer_id"


async def test_two_plans_are_compared_by_shape_cost_and_rows(each_database: Database) -> None:
    answer = await compare_plans(
        each_database,
        "SELECT id FROM orders WHERE id <= 10",
        "SELECT id FROM orders WHERE id + 0 <= 10",
        analyze=True,
    )
    assert answer.structured["same_rows"] is True
    assert answer.structured["same_shape"] is False
    assert "Same rows: 10 in each." in answer.text
    assert "+ Seq Scan on orders" in answer.text
    costs = answer.structured["cost"]
    assert costs[0] < costs[1]


async def test_hints_of_the_second_plan_have_effect_on_every_server(each_database: Database) -> None:
    answer = await compare_plans(each_database, JOIN, hints_b="MergeJoin(o c)", analyze=True)
    assert answer.structured["same_rows"] is True
    assert "- Hash Join" in answer.text
    assert "+ Merge Join" in answer.text


async def test_other_rows_of_the_same_number_are_told(database: Database) -> None:
    answer = await compare_plans(
        database, "SELECT 1 AS a, 1 AS a;", "SELECT 2 AS a, 1 AS a -- end", analyze=True
    )
    assert answer.structured["same_rows"] is False
    assert "not the same ones" in answer.text


async def test_hints_for_a_statement_with_hints_are_refused(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await compare_plans(database, f"/*+ SeqScan(o) */ {JOIN}", hints_b="SeqScan(c)")
    assert caught.value.code == "hint_in_statement"


# A parallel plan with an InitPlan, as PostgreSQL 17 prints it, but for what does not matter here.
SCAN: dict[str, Any] = {
    "Node Type": "Seq Scan",
    "Relation Name": "t",
    "Schema": "public",
    "Alias": "t",
    "Parent Relationship": "Outer",
    "Total Cost": 90.0,
    "Plan Rows": 100,
    "Actual Rows": 100,
    "Actual Loops": 3,
    "Actual Total Time": 60.0,
    "Filter": "(t.x = (InitPlan 1).col1)",
}
INIT: dict[str, Any] = SCAN | {
    "Parent Relationship": "InitPlan",
    "Subplan Name": "InitPlan 1",
    "Actual Loops": 1,
    "Actual Total Time": 20.0,
    "Filter": "(t.y = 1)",
}
GATHER: dict[str, Any] = SCAN | {
    "Node Type": "Gather",
    "Relation Name": None,
    "Alias": "",
    "Workers Planned": 4,
    "Workers Launched": 2,
    "Actual Loops": 1,
    "Actual Total Time": 100.0,
    "Filter": "",
    "Plans": [INIT, SCAN],
}
DOCUMENT: dict[str, Any] = {
    "Plan": GATHER,
    "Planning Time": 1.0,
    "Execution Time": 110.0,
    "JIT": {"Functions": 7, "Timing": {"Total": 50.0}},
}


def found(document: dict[str, Any]) -> dict[str, Finding]:
    """The findings of a plan by kind."""
    return {finding.kind: finding for finding in findings(parse_plan([document]), {})}


def test_time_below_a_gather_is_the_clocks_and_an_initplan_is_paid_by_its_user() -> None:
    gather, init, scan = parse_plan([DOCUMENT]).nodes()
    assert (gather.total_ms, init.total_ms, scan.total_ms) == (100, 20 / 3, 60)
    assert scan.self_ms == pytest.approx(60 - 20 / 3)
    assert gather.self_ms == pytest.approx(40)


def test_missing_workers_and_compilation_are_told() -> None:
    kinds = found(DOCUMENT)
    assert "got 2 of 4 workers" in kinds["workers_missing"].evidence
    assert "7 functions took 50 ms" in kinds["jit"].evidence


def test_fewer_rows_than_expected_below_a_limit_are_no_wrong_estimate() -> None:
    few = SCAN | {"Plan Rows": 50_000, "Actual Rows": 1}
    whole = copy.deepcopy(DOCUMENT) | {"Plan": GATHER | {"Plans": [few], "Plan Rows": 1, "Actual Rows": 1}}
    assert "misestimate" in found(whole)
    whole["Plan"]["Node Type"] = "Limit"
    assert "misestimate" not in found(whole)
