"""Variables, fields, types and pointers to functions: drawn by hand for small trees."""

import pytest

from tests.code_graph.linked import Linked


def test_variables_are_read_written_and_addressed() -> None:
    graph = Linked("""
        struct pair { int left, right; };
        static int counter, limit;
        int table[10];
        int *heap;
        static struct pair both;
        static struct pair *other;
        void take(int *x);
        void use(void)
        {
            counter = limit;
            limit++;
            table[1] = 2;
            heap[1] = 2;
            both.left = 1;
            other->left = 1;
            take(&counter);
        }
    """)

    assert graph.edges("WRITES") >= {"use -> counter", "use -> limit", "use -> table", "use -> both"}
    assert not graph.edges("WRITES") & {"use -> heap", "use -> other"}
    assert graph.edges("READS") >= {"use -> limit", "use -> heap", "use -> other"}
    assert graph.edges("ADDRESSES") == {"use -> counter"}


def test_variables_that_macros_write_are_written() -> None:
    graph = Linked("""
        static int state;
        static int level;
        #define ENTER() (state = 1)
        #define SET(place, value) ((place) = (value))
        void enter(void) { ENTER(); }
        void set(void) { SET(level, 2); }
    """)

    assert graph.edges("WRITES") == {"enter -> state via ENTER", "set -> level via SET"}


def test_a_local_variable_of_a_macros_user_is_no_global() -> None:
    graph = Linked(
        {
            "a.c": "#define LOOP for (i = 0; i < 9; i++)\nvoid use(void) { int i; LOOP ; }\n",
            "b.c": "int i;\n",
        }
    )

    assert graph.edges("WRITES") == set()


@pytest.mark.parametrize(
    "expression",
    [
        "p->inner.depth = 1",
        "(*p).inner.depth = 1",
        "((struct outer *) q)->inner.depth = 1",
        "array[3].inner.depth = 1",
        "give()->inner.depth = 1",
        "CAST(q)->inner.depth = 1",
        "handle->inner.depth = 1",
        "the.inner.depth++",
        "INNER(p)->depth = 1",
    ],
)
def test_a_field_is_that_of_the_struct_that_the_expression_has(expression: str) -> None:
    graph = Linked(f"""
        struct other {{ struct {{ int depth; }} inner; }};
        struct core {{ int depth; }};
        struct outer {{ struct core inner; }};
        typedef struct outer *Handle;
        static struct outer the, array[5];
        struct outer *give(void) {{ return &the; }}
        #define CAST(x) ((struct outer *) (x))
        #define INNER(x) (&(x)->inner)
        void use(struct outer *p, void *q, Handle handle) {{ {expression}; }}
    """)

    assert {one.partition(" via")[0] for one in graph.edges("WRITES")} >= {"use -> core.depth"}
    assert "use -> other.depth" not in {one.partition(" via")[0] for one in graph.edges("WRITES")}


def test_fields_of_structs_without_a_name_belong_to_the_outer_one() -> None:
    graph = Linked("""
        typedef struct node
        {
            int kind;
            union { int number; char *text; };
            struct { int line; } place;
        } Node;
        void use(Node *n) { n->number = n->place.line; }
    """)

    assert graph.edges("WRITES") == {"use -> node.number"}
    assert graph.edges("READS") == {"use -> node.place", "use -> node.line"}
    assert graph.things("Struct") == {"node"}


def test_tables_of_functions_point_and_calls_through_them_dispatch() -> None:
    graph = Linked("""
        typedef struct routine { const char *name; int (*begin)(int); int (*end)(int); } Routine;
        static int begin_heap(int x) { return x; }
        static int end_heap(int x) { return x; }
        static int begin_index(int x) { return x; }
        static const Routine heap = {"heap", begin_heap, end_heap};
        static const Routine table[] = {{"heap", begin_heap}, {.name = "index", .begin = begin_index}};
        int (*hook)(int) = begin_heap;
        static int (*const jumps[])(int) = {begin_heap, begin_index};
        void install(Routine *r) { r->end = end_heap; hook = begin_index; }
        int run(Routine *r) { return r->begin(1) + (*r->end)(2) + hook(3) + table[0].begin(4); }
        int alias(Routine *r) { int (*f)(int) = r->begin; return f(1); }
    """)

    assert graph.edges("POINTS") == {
        "routine.begin -> begin_heap",
        "routine.begin -> begin_index",
        "routine.end -> end_heap",
        "hook -> begin_heap",
        "hook -> begin_index",
        "jumps -> begin_heap",
        "jumps -> begin_index",
    }
    assert graph.edges("DISPATCHES") == {
        "run -> routine.begin",
        "run -> routine.end",
        "run -> hook",
        "alias -> routine.begin",
    }


def test_a_function_given_as_an_argument_is_addressed() -> None:
    graph = Linked("""
        int compare(const void *a, const void *b) { return 0; }
        void use(void *data) { qsort(data, 1, 2, compare); }
    """)

    assert graph.edges("ADDRESSES") == {"use -> compare"}
    assert graph.vertex("Function", "use").properties["external"] == ["qsort"]


def test_types_are_used_by_declarations_casts_and_sizes() -> None:
    graph = Linked("""
        struct tag { int x; };
        typedef struct { int y; } Named;
        typedef Named *Pointer;
        enum colour { RED, GREEN };
        int use(void *p) { struct tag t; return ((Pointer) p)->y + sizeof(struct tag) + GREEN; }
    """)

    assert graph.edges("USES_TYPE") == {"use -> tag", "use -> Named", "use -> colour"}


def test_functions_of_sql_are_tied_to_the_c_that_implements_them() -> None:
    from ankus_code_graph.extract.catalog import extract_catalog
    from ankus_code_graph.resolve import Resolver
    from tests.code_graph.linked import read

    catalog = b"""[
{ oid => '1242', descr => 'I/O', proname => 'boolin', prorettype => 'bool',
  proargtypes => 'cstring', prosrc => 'bool_in' },
{ oid => '7', proname => 'plain', prolang => 'sql', prosrc => 'select 1' },
]"""
    files = {
        "pg_proc.dat": extract_catalog("pg_proc.dat", catalog),
        "ext.sql": extract_catalog(
            "ext.sql",
            b"-- CREATE FUNCTION no() RETURNS int AS 'x', 'no' LANGUAGE C;\n"
            b"CREATE FUNCTION near(a int, b numeric(3,1))\nRETURNS bool "
            b"AS 'MODULE_PATHNAME', 'near_c' LANGUAGE C;",
        ),
        "bool.c": read("int bool_in(void) { return 1; }\nint near_c(void) { return 1; }\n"),
    }
    rows = dict(Resolver(files).rows(sorted(files)))

    [entry] = [one.properties for one in rows["pg_proc.dat"].vertices if "oid" in one.properties]
    assert (entry["name"], entry["oid"], entry["args"], entry["line"]) == ("boolin", 1242, "cstring", 2)
    [near] = [one.properties for one in rows["ext.sql"].vertices if "oid" in one.properties]
    assert (near["name"], near["source"], near["returns"], near["line"]) == ("near", "near_c", "bool", 2)
    assert sum(one.properties.get("rule") == "catalog" for found in rows.values() for one in found.edges) == 2
