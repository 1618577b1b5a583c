"""Branches of #if: every one is read, and said with its condition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_code_graph.extract.text import read_source
from ankus_code_graph.resolve.conditions import judge
from tests.code_graph.linked import Linked, read


def test_both_branches_are_read_and_bear_their_condition() -> None:
    graph = Linked("""
        void a(void) { }
        void b(void) { }
        void c(void) { }
        void use(void)
        {
        #ifdef HAVE_A
            a();
        #elif defined(HAVE_B)
            b();
        #else
            c();
        #endif
        }
    """)

    conditions = {end: graph.edge("CALLS", "use", end).properties["condition"] for end in "abc"}
    assert conditions == {
        "a": "defined(HAVE_A)",
        "b": "!defined(HAVE_A) && defined(HAVE_B)",
        "c": "!defined(HAVE_A) && !defined(HAVE_B)",
    }


def test_braces_that_only_pair_within_a_branch_do_not_break_the_function() -> None:
    graph = Linked("""
        void a(void) { }
        void b(void) { }
        void use(int x)
        {
        #ifdef ONE
            if (x) {
        #else
            while (x) {
        #endif
                a();
            }
            if (x)
                a();
        #ifdef TWO
            else if (x + 1)
                b();
        #endif
            else
                b();
        }
        void after(void) { use(1); }
    """)

    assert graph.edges("CALLS") == {"use -> a", "use -> b", "after -> use"}


def test_a_function_of_each_branch_is_there() -> None:
    graph = Linked("""
        #ifdef FAST
        int work(void) { return 1; }
        #else
        int work(void) { return slow(); }
        #endif
        int slow(void) { return 2; }
        int use(void) { return work(); }
    """)

    works = [one.properties for one in graph.vertices.values() if one.properties.get("name") == "work"]
    assert {one["condition"] for one in works} == {"defined(FAST)", "!defined(FAST)"}
    assert graph.edges("CALLS") == {"work -> slow", "use -> work"}


def test_what_no_compiler_reads_is_left_out() -> None:
    graph = Linked("""
        void a(void) { }
        #if 0
        void never(void) { a(); }
        #else
        void always(void) { a(); }
        #endif
        /*
        #ifdef COMMENT
        */
        void last(void) { a(); }
    """)

    assert graph.things("Function") == {"a", "always", "last"}
    assert graph.vertex("Function", "always").properties["condition"] == ""


def test_the_guard_of_a_header_is_no_condition() -> None:
    facts = read("""
        /* about */
        #ifndef LIST_H
        #define LIST_H
        #define LENGTH(x) (x)
        extern int count;
        #endif
    """)

    assert [(one.name, one.condition) for one in facts.macros] == [("LENGTH", "")]
    assert facts.conditions == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", True),
        ("defined(YES)", True),
        ("!defined(YES)", False),
        ("defined(NO) || defined YES", True),
        ("defined(NO) && defined(MAYBE)", False),
        ("defined(YES) && defined(MAYBE)", None),
        ("!(defined(NO) || defined(NO))", True),
        ("YES > 3", None),
        ("defined(NO) && YES > 3", False),
        ("(defined(YES) && (defined(NO) || 0)) || defined(MAYBE)", None),
        ("0", False),
        ("HAS(x) && defined(NO)", False),
    ],
)
def test_conditions_are_judged_as_far_as_they_are_known(condition: str, expected: bool | None) -> None:
    assert judge(condition, {"YES": True, "NO": False}.get) is expected


_ATOMS = {"defined(A)": True, "defined(B)": False}


@given(
    st.recursive(
        st.sampled_from(sorted(_ATOMS)),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
                lambda one: f"({one[0]} {one[1]} {one[2]})"
            ),
            inner.map(lambda one: f"!({one})"),
        ),
        max_leaves=12,
    )
)
def test_a_condition_of_known_names_is_judged_as_python_would(condition: str) -> None:
    python = condition.replace("defined(A)", "True").replace("defined(B)", "False")
    python = python.replace("&&", "and").replace("||", "or").replace("!", " not ")

    assert judge(condition, {"A": True, "B": False}.get) is eval(python)


@given(
    st.lists(
        st.sampled_from(["#if A", "#else", "#elif B", "#endif", "#if 0", "int x;", "{", "}", "#define X 1"])
    )
)
def test_lines_and_places_never_move(lines: list[str]) -> None:
    data = "\n".join(lines).encode()

    for view, _ in read_source(data).views():
        assert len(view) == len(data)
        assert view.count(b"\n") == data.count(b"\n")
        assert b"#" not in view
