"""The guard's first half: what a text is made of, before any database is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_postgres_sql.bodies import Opaque, body_reached
from ankus_postgres_sql.statement import Call, parse_statement
from ankus_postgres_sql.syntax import names_at, place
from ankus_shared.errors import AnkusError


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
        ("SELECT JSON_VALUE('{}', '$')", Call((None, "json_value"), 2, attribute=True)),
        ("SELECT JSON_ARRAYAGG('x')", Call((None, "json_arrayagg"), 1, attribute=True)),
        ("SELECT JSON_ARRAY(1, 2, 3, 4)", Call((None, "json_array"), 4, attribute=True)),
        ("SELECT JSON_OBJECT()", Call((None, "json_object"), 0, attribute=True)),
        ("SELECT json_object('a', 'b', 'c')", Call((None, "json_object"), 3)),
        ("SELECT f(a => 1)", Call((None, "f"), 1, named=True)),
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


@pytest.mark.parametrize(
    "definition",
    [
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql OF LATER AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 SELECT 2'",
    ],
)
@pytest.mark.parametrize("language", ["sql", "plpgsql"])
def test_a_function_that_our_parser_does_not_know_is_opaque(definition: str, language: str) -> None:
    with pytest.raises(Opaque, match="not understood"):
        body_reached(definition.replace(" sql", f" {language}", 1), language)


def test_half_a_character_is_a_typed_refusal() -> None:
    with pytest.raises(AnkusError) as caught:
        parse_statement("SELECT '\ud800'")
    assert caught.value.code == "statement_refused"


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
