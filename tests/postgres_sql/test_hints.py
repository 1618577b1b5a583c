"""Hints as text and as a model: every set comes back, mistakes are told, grammars bind."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import UnexpectedInput
from llguidance import grammar_from

from ankus_postgres_sql.hints import printer, words
from ankus_postgres_sql.hints.arms import arm_for
from ankus_postgres_sql.hints.errors import HintRefused, HintSyntax, NotExpressible
from ankus_postgres_sql.hints.grammar import Binding, Dialect, rules
from ankus_postgres_sql.hints.grammars import NOTATIONS, Notation, free_grammar, spelled
from ankus_postgres_sql.hints.model import (
    AnyOrder,
    Group,
    GroupHint,
    Hint,
    Index,
    InnerHint,
    JoinHint,
    MemoizeHint,
    Order,
    OrderHint,
    Pair,
    ParallelHint,
    Relation,
    RowsHint,
    Scan,
    ScanHint,
    SettingHint,
    left_deep,
    relations,
)
from ankus_postgres_sql.hints.notation import Alt, Chars, Expression, Many, Maybe, Ref, Rules, Seq, Text, lark
from ankus_postgres_sql.hints.reader import parse, read
from ankus_postgres_sql.hints.translate import to_advice
from tests.fixtures.grammar import BYTES, accepts, gbnf_for_guidance, llguidance_tokenizer

NAMES = st.one_of(
    st.sampled_from(
        ["a", "b1", "Заказы", "select", "seq_scan", "Hard", "x y", 'q"q', "a,b", "1", "*V*", "#2", "@"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8),
).filter(lambda name: "/*" not in name and "*/" not in name and name.strip() == name and name.isprintable())
PLAIN = NAMES.map(Relation)
SEVERAL = st.lists(PLAIN, min_size=2, max_size=4).map(tuple)
NUMBERS = st.sampled_from(["0", "10", "2.5", "1e6", "3E-2"])


def orders(leaf: st.SearchStrategy[Order]) -> st.SearchStrategy[Order]:
    """Orders of at least two relations."""
    return st.recursive(leaf, lambda side: st.builds(Pair, side, side), max_leaves=5).filter(
        lambda order: isinstance(order, Pair)
    )


def scans() -> st.SearchStrategy[Hint]:
    """Scan hints of pg_hint_plan."""
    indexes = st.lists(st.builds(Index, NAMES), max_size=2).map(tuple)
    indexed = st.sampled_from([Scan.INDEX, Scan.INDEX_ONLY, Scan.BITMAP])
    return st.one_of(
        st.builds(ScanHint, st.sampled_from(list(Scan)), PLAIN, negated=st.booleans()),
        st.builds(ScanHint, indexed, PLAIN, indexes, pattern=st.booleans()),
    )


HINTS: st.SearchStrategy[Hint] = st.one_of(
    scans(),
    st.builds(
        lambda meaning, names: JoinHint(meaning[0], names, meaning[1]),
        st.sampled_from(list(words.JOINS.values())),
        SEVERAL,
    ),
    st.builds(MemoizeHint, SEVERAL, st.booleans()),
    st.builds(OrderHint, orders(PLAIN)),
    st.builds(lambda names: OrderHint(left_deep(names), directed=False), SEVERAL),
    st.builds(RowsHint, SEVERAL, st.sampled_from("#+-*"), NUMBERS),
    st.builds(ParallelHint, PLAIN, st.integers(0, 99), st.booleans()),
    st.builds(SettingHint, NAMES, NAMES),
)


@st.composite
def advice_relation(draw: st.DrawFn) -> Relation:
    """A relation with all that advice can say of it."""
    partition = draw(st.one_of(st.just(""), NAMES))
    schema = draw(st.one_of(st.just(""), NAMES)) if partition else ""
    plan = draw(st.one_of(st.just(""), NAMES))
    return Relation(draw(NAMES), draw(st.integers(1, 9)), schema, partition, plan)


TARGETS = st.lists(advice_relation(), min_size=1, max_size=3).map(tuple)
ADVICE: st.SearchStrategy[Hint] = st.one_of(
    st.builds(ScanHint, st.sampled_from(list(words.ADVICE_SCANS.values())), advice_relation()),
    st.builds(
        ScanHint,
        st.sampled_from(list(words.ADVICE_INDEX_SCANS.values())),
        advice_relation(),
        st.tuples(st.builds(Index, NAMES, st.one_of(st.just(""), NAMES))),
    ),
    st.builds(InnerHint, st.sampled_from(list(words.ADVICE_JOINS.values())), TARGETS),
    st.builds(OrderHint, orders(st.one_of(advice_relation(), st.builds(AnyOrder, TARGETS)))),
    st.builds(GroupHint, st.sampled_from(list(words.LIST_GROUPS)), TARGETS),
    st.builds(GroupHint, st.just(Group.NO_GATHER), st.tuples(advice_relation())),
)


@given(st.lists(HINTS, max_size=4))
def test_every_set_of_hints_comes_back_from_its_comment(hints: list[Hint]) -> None:
    reading = read(printer.comment(hints))
    assert reading.hints == tuple(hints)
    assert not [problem for problem in reading.problems if problem.code != "comma"]


@given(st.lists(ADVICE, max_size=4))
def test_every_set_of_advice_comes_back(hints: list[Hint]) -> None:
    assert parse(printer.plan_advice(hints), "pg_plan_advice") == tuple(hints)


@given(st.text(max_size=60), st.sampled_from(get_args(Dialect)))
def test_any_text_is_read_or_its_mistake_is_told(text: str, dialect: Dialect) -> None:
    reading = read(text, dialect)
    assert reading.hints or reading.problems or not text.strip() or "/*" in text or dialect == "pg_hint_plan"
    for problem in reading.problems:
        assert problem.message
        assert problem.advice


@pytest.mark.parametrize(
    ("text", "code", "advice"),
    [
        ("SeqScan(a, b)", "comma", "SeqScan(a b)"),
        ("HashJoin(a,b)", "comma", "HashJoin(a b)"),
        ('IndexScan("x, y",i)', "comma", 'IndexScan("x, y" i)'),
        ("seqscan(a)", "keyword_case", "Write SeqScan."),
        ("SeqScn(a)", "unknown_hint", "Write SeqScan."),
        ("SEQ_SCAN(a)", "unknown_hint", "Write SeqScan."),
        ("SeqScan(a b)", "syntax", "SeqScan(alias)"),
        ("HashJoin(a)", "syntax", "HashJoin(alias alias …)"),
        ("Rows(a b 10)", "syntax", "with # + - or *"),
        ("Set(work_mem)", "syntax", "Set(parameter value)"),
        ("SeqScan(a", "stops_here", "Correct it first."),
        ("/*+ SeqScan(a) */ /*+ SeqScan(b) */", "two_comments", "one comment"),
        ("/*+ SeqScan(a) /* why */ */", "nested_comment", "inner comment"),
        ("/* + SeqScan(a) */", "no_hint_comment", "/*+"),
        ("--+ SeqScan(a)", "no_hint_comment", "/*+"),
        ("/*+ SeqScan(a)", "unterminated_comment", "*/"),
    ],
)
def test_a_mistake_is_told_with_its_repair(text: str, code: str, advice: str) -> None:
    problems = {problem.code: problem for problem in read(text).problems}
    assert code in problems
    assert advice in problems[code].advice


def test_hints_before_an_unknown_word_count_and_those_behind_do_not() -> None:
    reading = read("SeqScan(a) Foo(b) SeqScan(c)")
    assert [relation.alias for hint in reading.hints for relation in relations(hint)] == ["a"]
    assert [problem.code for problem in reading.problems] == ["unknown_hint", "stops_here"]


def test_a_wrong_number_of_names_spoils_that_hint_alone() -> None:
    assert [printer.hint_plan([hint]) for hint in read("HashJoin(a) SeqScan(b)").hints] == ["SeqScan(b)"]
    with pytest.raises(HintSyntax):
        parse("HashJoin(a) SeqScan(b)")


def test_advice_of_the_manual_is_understood() -> None:
    text = "JOIN_ORDER(a (b c) {d e}) hash_join(b (c d)) INDEX_SCAN(f#2/s.p@x i g pub.j) /* matched */"
    hints = parse(text, "pg_plan_advice")
    assert printer.plan_advice(hints) == (
        "JOIN_ORDER(a (b c) {d e}) HASH_JOIN(b) HASH_JOIN((c d)) INDEX_SCAN(f#2/s.p@x i) INDEX_SCAN(g pub.j)"
    )
    assert read("SEQ_SCAN(a, b)", "pg_plan_advice").failed


def test_hints_become_advice_as_far_as_it_can_say_them() -> None:
    advice, left_out = to_advice(
        parse("Leading(((a b) c)) HashJoin(a b) NestLoop(a b c) SeqScan(a) NoSeqScan(b)")
    )
    assert advice == "JOIN_ORDER(a b c) HASH_JOIN(b) NESTED_LOOP_PLAIN(c) SEQ_SCAN(a)"
    assert left_out == ["NoSeqScan(b): NoSeqScan(b) cannot be said in pg_plan_advice."]
    with pytest.raises(NotExpressible):
        printer.hint_plan(parse("HASH_JOIN(a)", "pg_plan_advice"))


def test_without_the_extension_hints_become_settings_and_the_rest_is_named() -> None:
    arm = arm_for(parse("HashJoin(a b) NoIndexScan(a) Leading(a b) Set(JIT off)"), extension=False)
    assert arm.comment == ""
    assert arm.settings == {
        "enable_mergejoin": "off",
        "enable_nestloop": "off",
        "enable_indexscan": "off",
        "jit": "off",
    }
    assert arm.unsaid == ("Leading(a b)",)


@pytest.mark.parametrize(
    "name", ["statement_timeout", "transaction_read_only", "role", "search_path", "Log_Statement"]
)
def test_a_hint_sets_no_parameter_but_the_planners(name: str) -> None:
    for extension in (True, False):
        with pytest.raises(HintRefused):
            arm_for([SettingHint(name, "off")], extension)


@pytest.mark.parametrize("size", ["2GB", "1073741825", "100 000", "all"])
def test_a_hint_asks_for_no_more_memory_than_a_server_bears(size: str) -> None:
    with pytest.raises(HintRefused):
        arm_for([SettingHint("work_mem", size)], extension=False)
    assert arm_for([SettingHint("work_mem", "64MB")], extension=False).settings == {"work_mem": "64MB"}


BINDING = Binding({"o": ["orders_pkey", "Odd Index"], "c": [], "Odd Alias": ["i"], "t": ["t_pkey"]})


@st.composite
def sentences(draw: st.DrawFn, grammar: Rules) -> str:
    """Texts that a grammar lets through."""

    def spelled(expression: Expression, depth: int) -> str:
        match expression:
            case Text(text):
                return text
            case Chars(chars):
                return draw(st.from_regex(chars, fullmatch=True).filter(str.isascii))
            case Ref(name):
                return spelled(grammar[name], depth + 1)
            case Seq(items):
                return "".join(spelled(item, depth) for item in items)
            case Alt(items):
                # deep inside, the first alternative, which leads out of every recursion
                return spelled(items[0] if depth > 8 else draw(st.sampled_from(items)), depth)
            case Many(item):
                return "".join(spelled(item, depth) for _ in range(draw(st.integers(0, 2))))
            case Maybe(item):
                return spelled(item, depth) if draw(st.booleans()) else ""
            case _:
                return " "

    return spelled(grammar["start"], 0)


@given(sentences(rules("pg_hint_plan", BINDING)))
def test_what_the_bound_grammar_lets_through_is_right(text: str) -> None:
    reading = read(text)
    assert not reading.problems
    for hint in reading.hints:
        names = [relation.alias for relation in relations(hint)]
        assert set(names) <= BINDING.indexes.keys()
        if isinstance(hint, JoinHint | MemoizeHint | RowsHint):
            assert len(names) == len(set(names))
        if isinstance(hint, ScanHint):
            assert {index.name for index in hint.indexes} <= set(BINDING.indexes[hint.relation.alias])


@given(sentences(rules("pg_plan_advice", BINDING)))
def test_what_the_bound_grammar_of_advice_lets_through_is_right(text: str) -> None:
    for hint in parse(text, "pg_plan_advice"):
        assert {relation.alias for relation in relations(hint)} <= BINDING.indexes.keys()


def test_the_bound_grammar_refuses_what_is_not_there() -> None:
    parser = Lark(lark(rules("pg_hint_plan", BINDING)), parser="lalr")
    for text in ("SeqScan(o)", "IndexScan(o orders_pkey)", "HashJoin(o c t)", 'Leading((o "Odd Alias"))'):
        parser.parse(text)
    for text in ("SeqScan(x)", "IndexScan(o t_pkey)", "HashJoin(o o)", "HashJoin(o)", "seqscan(o)"):
        with pytest.raises(UnexpectedInput):
            parser.parse(text)


def test_one_table_has_no_joins_and_no_table_has_no_grammar() -> None:
    assert "HashJoin" not in lark(rules("pg_hint_plan", Binding({"o": []})))
    with pytest.raises(HintRefused):
        rules("pg_hint_plan", Binding({}))


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_every_notation_defines_what_it_uses(dialect: str, notation: str) -> None:
    text = free_grammar(dialect, notation)
    assert "HashJoin" in text or "HASH_JOIN" in text
    names = [line.split(":")[0].strip() for line in text.split("\n") if ":" in line]
    assert len(names) == len(set(names))
    with pytest.raises(HintRefused):
        free_grammar(dialect, "bnf")


TOKENIZER = llguidance_tokenizer(BYTES)


@pytest.mark.parametrize("notation", ["gbnf", "lark"])
def test_a_decoding_engine_holds_a_model_to_the_bound_grammar(notation: Notation) -> None:
    text = spelled("pg_hint_plan", notation, BINDING)
    grammar = gbnf_for_guidance(text) if notation == "gbnf" else grammar_from("lark", text)
    for right in ("SeqScan(o)", 'IndexScan(o orders_pkey "Odd Index") HashJoin(o c t)', "Set(jit off)"):
        assert accepts(TOKENIZER, grammar, right)
    for wrong in ("SeqScan(x)", "SeqScan(o, c)", "HashJoin(o o)", "IndexScan(o t_pkey)", "Set(role x)"):
        assert not accepts(TOKENIZER, grammar, wrong)


@settings(max_examples=25)
@given(sentences(rules("pg_hint_plan", BINDING)))
def test_the_engine_takes_what_the_grammar_lets_through(text: str) -> None:
    assert accepts(TOKENIZER, gbnf_for_guidance(spelled("pg_hint_plan", "gbnf", BINDING)), text)
