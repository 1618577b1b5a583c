"""Which function a call means: drawn by hand for small trees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.code_graph.linked import Linked


def test_calls_are_found_wherever_an_expression_may_stand() -> None:
    graph = Linked("""
        int a(int x) { return x; }
        int b(void) { return 1; }
        int c(void) { return 2; }
        struct s { int f; };
        int all(struct s *p)
        {
            int local = a(1), other[] = {b(), 2};
            if (a(2) && !b()) return c();
            for (int i = a(3); i < b(); i += c()) p->f = a(b());
            while (a(4)) { do { b(); } while (c()); }
            switch (a(5)) { case 1: return (b)(); default: return (int) a(6); }
            return local ? a(other[b()]) : c();
        }
    """)

    assert graph.edges("CALLS") == {"all -> a", "all -> b", "all -> c"}
    assert graph.edge("CALLS", "all", "c").properties["lines"] == [9, 10, 11, 13]


def test_a_static_function_is_that_of_its_own_file() -> None:
    graph = Linked(
        {
            "one.c": "static int help(void) { return 1; }\nint one(void) { return help(); }\n",
            "two.c": "static int help(void) { return 2; }\nint two(void) { return help(); }\n",
            "three.c": "int three(void) { return help(); }\n",
        }
    )

    ends = {
        graph.vertices[one.end].properties["file"] for one in graph.all_edges if one.properties.get("rule")
    }
    assert graph.edges("CALLS") == {"one -> help", "two -> help"}
    assert ends == {"one.c", "two.c"}
    assert graph.vertex("Function", "three").properties["external"] == ["help"]


def test_of_two_programs_each_calls_its_own_function() -> None:
    graph = Linked(
        {
            "include/server.h": "void *alloc(int size);\n",
            "include/client.h": "void *alloc(int size);\n",
            "server/mem.c": '#include "server.h"\nvoid *alloc(int size) { return 0; }\n',
            "client/mem.c": '#include "client.h"\nvoid *alloc(int size) { return 0; }\n',
            "server/deep/use.c": '#include "server.h"\nvoid serve(void) { alloc(1); }\n',
            "tools/use.c": '#include "client.h"\nvoid ask(void) { alloc(1); }\n',
        }
    )

    found = {
        (graph.name(one.start), graph.vertices[one.end].properties["file"])
        for one in graph.all_edges
        if graph.name(one.end) == "alloc" and "via" in one.properties
    }
    assert found == {("serve", "server/mem.c"), ("ask", "client/mem.c")}


def test_inline_functions_of_headers_are_found_through_the_includes() -> None:
    graph = Linked(
        {
            "inc/list.h": "static inline int length(void) { return 0; }\n",
            "inc/all.h": '#include "list.h"\n',
            "src/a.c": '#include "all.h"\nint count(void) { return length(); }\n',
            "src/b.c": "int other(void) { return length(); }\n",
        }
    )

    assert graph.edges("CALLS") == {"count -> length"}


def test_old_style_definitions_are_functions() -> None:
    graph = Linked("""
        int add();
        int
        add(a, b)
            int a;
            char *b;
        {
            return twice(a);
        }
        int twice(int n) { return n + n; }
    """)

    assert graph.things("Function") == {"add", "twice"}
    assert graph.edges("CALLS") == {"add -> twice"}


def test_local_variables_and_parameters_hide_functions() -> None:
    graph = Linked("""
        int compare(int a) { return a; }
        int index(int a) { return a; }
        void sort(int (*compare)(int)) { compare(1); }
        int find(int index) { return index + 1; }
    """)

    assert graph.edges("CALLS") == set()
    assert graph.vertex("Function", "sort").properties["indirect"] == ["4: compare"]


def test_keywords_casts_and_prototypes_are_no_calls() -> None:
    graph = Linked("""
        typedef unsigned long Datum;
        int f(int x) { return x; }
        int g(int y)
        {
            extern int h(int z);
            return (Datum) (y) + sizeof (y) + (int) (f)(y);
        }
    """)

    assert graph.edges("CALLS") == {"g -> f"}
    assert graph.vertex("Function", "g").properties["external"] == []


def test_a_broken_place_does_not_take_the_rest_of_the_file() -> None:
    graph = Linked("""
        int before(void) { return after(); }
        int broken(void) { if ( ] return before(; }
        int after(void) { return before(); }
    """)

    assert {"before -> after", "after -> before"} <= graph.edges("CALLS")


def test_attributes_that_macros_stand_for_do_not_hide_a_definition() -> None:
    graph = Linked(
        {
            "c.h": "#define pg_noinline __attribute__((noinline))\n#define pg_printf(f, a) "
            "__attribute__((format(printf, f, a)))\n#define UNUSED\n",
            "a.c": '#include "c.h"\nstatic pg_noinline int\nslow(int x UNUSED) { return x; }\n'
            "int pg_printf(1, 2)\nfast(char *format) { return slow(1); }\n",
        }
    )

    assert graph.edges("CALLS") == {"fast -> slow"}


def test_recursion_is_an_edge_to_itself() -> None:
    graph = Linked("int down(int n) { return n ? down(n - 1) : 0; }")

    assert graph.edges("CALLS") == {"down -> down"}


TWO_PROGRAMS = """
from tests.code_graph.linked import Linked
graph = Linked({
    "a.h": "", "b.h": "", "c.h": "",
    "common/one.c": '#include "a.h"\\nint twice(int n) { return n; }\\n',
    "far/two.c": '#include "c.h"\\nint twice(int n) { return n; }\\n',
    "common/use.c": '#ifdef X\\n#include "a.h"\\n#else\\n#include "b.h"\\n#endif\\n'
    'int use(void) { return twice(1); }\\n',
})
print(graph.edge("CALLS", "use", "twice").properties["confidence"])
"""


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_what_a_call_means_does_not_hang_on_the_order_of_hashing(seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", TWO_PROGRAMS], capture_output=True, text=True, env=environment, check=False
    )

    assert done.stdout.split() == ["0.9"], done.stderr
