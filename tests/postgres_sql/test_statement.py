"""The guard's first half: what a text is made of, before any database is asked."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.query import run_query
from ankus_postgres_sql.statement import Call, parse_statement
from ankus_postgres_sql.syntax import names_at, place
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone, fingerprint


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("SELECT f(1, 2)", Call((None, "f"), 2)),
        ("SELECT s.f()", Call(("s", "f"), 0)),
        ("SELECT * FROM f(1)", Call((None, "f"), 1)),
        ("SELECT ('x'::text).f", Call((None, "f"), 1, attribute=True)),
        ("SELECT s.t.f FROM s.t", Call((None, "f"), 1, attribute=True)),
        ("SELECT xmlelement(name a, f(1))", Call((None, "f"), 1)),
        ("SELECT JSON_OBJECT('k': f(1))", Call((None, "f"), 1)),
        ("SELECT f(0.5) WITHIN GROUP (ORDER BY x)", Call((None, "f"), 2)),
        ("SELECT * FROM JSON_TABLE(f('{}'), '$' COLUMNS (a int)) t", Call((None, "f"), 1)),
    ],
)
def test_a_call_is_found_wherever_it_stands(text: str, call: Call) -> None:
    assert call in parse_statement(text).reached.calls


@pytest.mark.parametrize("text", ["1 + " * 60_000 + "1", "(" * 9_000 + "1" + ")" * 9_000, "x" * 300_000])
def test_a_monstrous_text_is_refused_before_it_can_harm(text: str) -> None:
    with pytest.raises(AnkusError) as caught:
        parse_statement(f"SELECT {text}")
    assert caught.value.code in {"statement_too_long", "syntax_error"}
    assert len(str(caught.value)) < 500


@given(st.text())
def test_any_text_is_a_statement_or_a_typed_error(text: str) -> None:
    error: AnkusError | None = None
    try:
        parse_statement(text)
    except AnkusError as refusal:
        error = refusal
    assert error is None or error.code in {"syntax_error", "statement_refused", "statement_too_long"}
    assert error is None or error.hint


@given(st.text(), st.integers(-5, 500))
def test_a_place_is_a_line_and_a_caret(text: str, position: int) -> None:
    line, caret = place(text, position).rsplit("\n", 1)
    assert caret.strip() == "^"
    assert len(line) < 130


def test_names_are_folded_as_postgresql_folds_them() -> None:
    assert names_at('x = Shop."Odd ""Name""".Id + 1', 4) == ["shop", 'Odd "Name"', "id"]


EXPRESSIONS = st.recursive(
    st.sampled_from(
        """1 'x' o.status o.id current_date random() lower('x') nextval('counter') leave_mark('x')
        ('x'::text).leave_mark o.leave_mark leave_mark(o) 1###2 'x'::marked marking(1) pg_advisory_lock(1)
        pg_notify('a','b') set_config('work_mem','1MB',false) setseed(0.1) txid_current() reverse(1)
        lo_create(7) pg_catalog.reverse('x') full_name(NULL::customers) is_marked('x') lastval()""".split()
    ),
    lambda inner: st.builds(
        lambda wrapper, expression: wrapper.replace("%", expression),
        st.sampled_from(
            [
                "coalesce(%)",
                "CASE WHEN true THEN % END",
                "ARRAY[%]",
                "ROW(%)",
                "length((%)::text)",
                "(SELECT %)",
                "max((%)::text) OVER ()",
                "(% IS NULL)",
                "(%)::text || 'y'",
                "(ARRAY[%])[1]",
                "nullif(%, NULL)",
            ]
        ),
        inner,
    ),
    max_leaves=3,
)
SELECTS = st.builds(
    lambda template, one, two: template.replace("%1", one).replace("%2", two),
    st.sampled_from(
        [
            "SELECT %1 FROM orders o LIMIT 2",
            "SELECT 1 FROM orders o WHERE (%1)::text <> 'q' ORDER BY %2 LIMIT 1",
            "SELECT count(*) FILTER (WHERE (%1) IS NOT NULL) FROM orders o",
            "VALUES (%1), (%2)",
            "SELECT * FROM orders o, LATERAL (SELECT %1) s LIMIT 1",
            "SELECT * FROM orders o JOIN marking_view ON (%1) IS NULL",
            "SELECT * FROM paid_orders o LIMIT 1",
            "TABLE sequence_view",
        ]
    ),
    EXPRESSIONS,
    EXPRESSIONS,
)
STATEMENTS = st.builds(
    lambda template, select: template.replace("%", select),
    st.sampled_from(
        [
            *["%"] * 6,
            "EXPLAIN ANALYZE %",
            "WITH x AS (%) SELECT * FROM x",
            "% FOR UPDATE",
            "%; COMMIT",
            "COMMIT; %",
            "WITH x AS (DELETE FROM marks RETURNING 1) %",
            "INSERT INTO marks %",
            "CREATE TABLE t AS %",
            "DECLARE c CURSOR WITH HOLD FOR %",
            "EXPLAIN ANALYZE CREATE TABLE t AS %",
            "PREPARE p AS %",
        ]
    ),
    SELECTS,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=STATEMENTS)
async def test_nothing_that_is_accepted_changes_anything(clone: Clone, database: Database, text: str) -> None:
    before = fingerprint(clone)
    code = ""
    try:
        await run_query(database, text)
    except AnkusError as error:
        code = error.code
    # The guard leaves nothing to the transaction: it never comes to a write that PostgreSQL must stop.
    assert code != "read_only_sql_transaction"
    assert fingerprint(clone) == before
