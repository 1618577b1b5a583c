"""What macros do to the functions that use them: drawn by hand for small trees."""

from tests.code_graph.linked import Linked


def test_a_macro_that_calls_makes_its_user_call() -> None:
    graph = Linked("""
        int check(int x) { return x; }
        #define CHECK(x) check((x) + 1)
        int use(void) { return CHECK(2); }
    """)

    assert graph.edges("CALLS") == {"use -> check via CHECK"}
    assert graph.edges("EXPANDS") == {"use -> CHECK"}
    assert graph.edges("MACRO_CALLS") == {"CHECK -> check"}
    assert graph.edge("CALLS", "use", "check").properties["rule"] == "macro"


def test_macros_within_macros_are_followed_and_named_in_order() -> None:
    graph = Linked("""
        void finish(int line, ...) { }
        int message(const char *text) { return 0; }
        #define report_domain(level, ...) do { if (level) finish(0, __VA_ARGS__); } while (0)
        #define report(level, ...) report_domain(level, __VA_ARGS__)
        #define log(level, ...) report(level, message(__VA_ARGS__))
        void use(void) { log(1, "x"); report(2, message("y")); }
    """)

    assert graph.edges("CALLS") == {
        "use -> finish via report > report_domain",
        "use -> message via log",
        "use -> message",
    }


def test_a_macro_that_names_itself_ends() -> None:
    graph = Linked("""
        int stat(int x) { return x; }
        #define stat(x) stat((x) * 2)
        #define ping(x) pong(x)
        #define pong(x) ping(x)
        int use(void) { return stat(1) + ping(2); }
    """)

    assert graph.edges("CALLS") == {"use -> stat via stat"}
    assert graph.edges("EXPANDS") == {"use -> stat", "use -> ping"}


def test_the_last_name_of_a_macro_without_parameters_is_called() -> None:
    graph = Linked("""
        int set_domain(int d) { return d; }
        int context_msg(const char *text) { return 0; }
        #define context set_domain(1), context_msg
        #define alias context_msg
        void use(void) { context("x"); }
        void other(void) { alias("y"); }
    """)

    assert graph.edges("CALLS") == {
        "use -> set_domain via context",
        "use -> context_msg via context",
        "other -> context_msg via alias",
    }


def test_a_name_that_is_pasted_is_the_name_of_what_is_called() -> None:
    graph = Linked("""
        int get_int(void) { return 0; }
        int get_text(void) { return 0; }
        #define GET(type) get_##type()
        int use(void) { return GET(int); }
    """)

    assert graph.edges("CALLS") == {"use -> get_int via GET"}


def test_a_function_that_is_a_macros_argument_is_called_by_the_macro() -> None:
    graph = Linked("""
        int hash(int x) { return x; }
        #define APPLY(function, value) function(value)
        int use(void) { return APPLY(hash, 1); }
    """)

    assert graph.edges("CALLS") == {"use -> hash via APPLY"}


def test_a_loop_made_by_a_macro_does_not_hide_what_follows() -> None:
    graph = Linked("""
        int next(int x) { return x; }
        int body(int x) { return x; }
        int after(int x) { return x; }
        #define each(x, list) for (x = next(list); x; x = next(x))
        void use(int list)
        {
            int x;
            each(x, list)
                body(x);
            each(x, list)
            {
                body(x);
            }
            after(x);
        }
    """)

    assert graph.edges("CALLS") == {"use -> next via each", "use -> body", "use -> after"}


def test_definitions_that_a_macro_expands_into_are_functions() -> None:
    graph = Linked("""
        int helper(int x) { return x; }
        #define CONCAT(a, b) a##b
        #define DEFINE(name) int CONCAT(do_, name)(int x) { return helper(x); }
        DEFINE(this)
        DEFINE(that);
        int use(void) { return do_this(1) + do_that(2); }
    """)

    assert graph.things("Function") == {"helper", "do_this", "do_that", "use"}
    assert graph.vertex("Function", "do_this").properties["origin"] == "macro"
    assert {"do_this -> helper", "do_that -> helper", "use -> do_this", "use -> do_that"} == {
        one.partition(" via")[0] for one in graph.edges("CALLS")
    }


def test_a_template_header_makes_functions_for_each_who_includes_it() -> None:
    template = """
        #define MAKE_NAME(a) CONCAT(PREFIX, a)
        #define CONCAT(a, b) CONCAT_(a, b)
        #define CONCAT_(a, b) a##_##b
        #define INSERT MAKE_NAME(insert)
        #define GROW MAKE_NAME(grow)
        static void GROW(int n) { ALLOCATE(n); }
        static void INSERT(int n) { GROW(n); }
        #undef PREFIX
        #undef ALLOCATE
    """
    graph = Linked(
        {
            "lib/table.h": template,
            "a.c": "void *get(int n) { return 0; }\n#define PREFIX words\n#define ALLOCATE(n) get(n)\n"
            '#include "lib/table.h"\n#define PREFIX pages\n#define ALLOCATE(n) get(n)\n'
            '#include "lib/table.h"\n'
            "void use(void) { words_insert(1); pages_insert(2); }\n",
        }
    )

    assert graph.things("Function") == {
        "get",
        "use",
        *(f"{prefix}_{name}" for prefix in ("words", "pages") for name in ("insert", "grow")),
    }
    assert {one.partition(" via")[0] for one in graph.edges("CALLS")} == {
        "use -> words_insert",
        "use -> pages_insert",
        *(f"{prefix}_insert -> {prefix}_grow" for prefix in ("words", "pages")),
        *(f"{prefix}_grow -> get" for prefix in ("words", "pages")),
    }
    assert graph.vertex("Function", "words_insert").properties["source"] == "lib/table.h:8"


def test_alternatives_of_a_macro_are_all_followed_with_less_confidence() -> None:
    graph = Linked("""
        void fail(void) { }
        #ifdef USE_ASSERT
        #define Assert(x) do { if (!(x)) fail(); } while (0)
        #else
        #define Assert(x) ((void) 0)
        #endif
        void use(int x) { Assert(x); }
    """)

    assert graph.edges("CALLS") == {"use -> fail via Assert"}
    assert graph.edge("CALLS", "use", "fail").properties["confidence"] < 1


def test_a_macro_that_is_not_included_is_not_meant() -> None:
    graph = Linked(
        {
            "inner.h": "#define release(x) drop(x)\n",
            "lib.c": "void drop(int x) { }\n",
            "a.c": "void release(int x);\nvoid use(void) { release(1); }\n",
        }
    )

    assert graph.edges("CALLS") == set()
    assert graph.vertex("Function", "use").properties["external"] == ["release"]


def test_a_macro_knows_the_variables_of_the_function_that_uses_it() -> None:
    graph = Linked("""
        struct call { int isnull; };
        typedef struct call *Call;
        #define ARGUMENTS Call info
        #define RETURN_NULL() do { info->isnull = 1; return 0; } while (0)
        int hidden(ARGUMENTS) { RETURN_NULL(); }
        int plain(struct call *info) { RETURN_NULL(); }
        int other(ARGUMENTS) { info->isnull = 2; }
    """)

    assert graph.edges("WRITES") == {
        "hidden -> call.isnull via RETURN_NULL",
        "plain -> call.isnull via RETURN_NULL",
        "other -> call.isnull",
    }
