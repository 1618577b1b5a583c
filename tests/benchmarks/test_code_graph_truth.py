"""Truth from libclang, on C that says what it should find."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.code_graph.compilation import Unit, read_units
from benchmarks.code_graph.link import Definitions, link
from benchmarks.code_graph.truth import collect, read_truth, write_truth
from benchmarks.code_graph.visit import UnitFacts, Unreadable, Visitor


def facts_of(folder: Path, text: str, *flags: str, name: str = "unit.c", **headers: str) -> UnitFacts:
    for header, content in headers.items():
        (folder / f"{header}.h").write_text(content)
    (folder / name).write_text(text)
    unit = Unit(str(folder / name), flags, str(folder), "target")
    return Visitor(folder).read(unit)


def calls(facts: UnitFacts) -> set[tuple[str, str, str, str, int]]:
    return {(row["caller"], row["callee"], row["class"], row["use"], row["line"]) for row in facts.calls}


def uses(rows: list[dict[str, Any]], name: str) -> set[str]:
    return {row["use"] for row in rows if name in (row.get("global"), row.get("field"))}


def test_a_call_is_direct_where_its_name_stands_in_the_text(tmp_path: Path) -> None:
    text = "void f(void);\n#define CALL() f()\n#define DO(x) x\n"
    text += "void g(void)\n{\n\tf();\n\tDO(f());\n\tCALL();\n}\n"
    assert calls(facts_of(tmp_path, text)) == {
        ("g", "f", "direct", "call", 6),
        ("g", "f", "direct", "call", 7),
        ("g", "f", "macro", "call", 8),
    }


def test_a_macro_of_the_name_of_another_function_makes_a_macro_call(tmp_path: Path) -> None:
    text = "int pg_printf(int);\n#define printf(x) pg_printf(x)\nint g(void) { return printf(1); }\n"
    assert calls(facts_of(tmp_path, text)) == {("g", "pg_printf", "macro", "call", 3)}


def test_a_function_as_a_value_is_no_call(tmp_path: Path) -> None:
    text = "int f(int);\nint (*p)(int);\nint g(void) { p = f; p = &f; return p(sizeof(f(1))); }\n"
    assert {(row["callee"], row["use"]) for row in facts_of(tmp_path, text).calls} == {
        ("f", "address"),
        ("f", "unevaluated"),
    }


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("v = 1;", {"write"}),
        ("(v) = 1;", {"write"}),
        ("v += 1;", {"update"}),
        ("--v;", {"update"}),
        ("return v;", {"read"}),
        ("if (v || w) w = v;", {"read"}),
        ("take(&v);", {"address"}),
        ("s.a = v = 2;", {"write"}),
        ("w = sizeof(v);", {"unevaluated"}),
        ("t[v] = 1;", {"read"}),
        ("*(&v) = 3;", {"address"}),
    ],
)
def test_the_use_of_a_global_comes_from_what_stands_around_it(
    tmp_path: Path, statement: str, expected: set[str]
) -> None:
    text = (
        "int v, w, t[4]; struct s { int a; } s; void take(int *);\nint g(void)\n{\n"
        + statement
        + "\nreturn 0;}\n"
    )
    assert uses(facts_of(tmp_path, text).globals, "v") == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [("t[1] = 2;", {"write"}), ("w = t[1];", {"read"}), ("take(t);", {"decay"}), ("t[0]++;", {"update"})],
)
def test_an_element_of_a_global_array_is_the_array(
    tmp_path: Path, statement: str, expected: set[str]
) -> None:
    text = "int w, t[4]; void take(int *);\nvoid g(void) { " + statement + " }\n"
    assert uses(facts_of(tmp_path, text).globals, "t") == expected


@pytest.mark.parametrize("definition", ["int v;", "static int v;", "int v = 1;", "extern int v;\nint v;"])
def test_a_variable_without_an_initializer_is_defined_too(tmp_path: Path, definition: str) -> None:
    facts = facts_of(tmp_path, f"{definition}\nextern int other;\nvoid g(void) {{ v = other; }}\n")
    assert {row["name"] for row in facts.variables} == {"v"}
    assert {(row["global"], row.get("defined")) for row in facts.globals} == {
        ("v", "unit.c"),
        ("other", None),
    }


def test_a_write_through_a_pointer_reads_the_pointer(tmp_path: Path) -> None:
    text = (
        "struct s { int a; struct { int c; } b; } *p, o;\nvoid g(void) { p->a = 1; o.b.c = 2; p[1].a++; }\n"
    )
    facts = facts_of(tmp_path, text)
    assert uses(facts.globals, "p") == {"read"}
    assert uses(facts.globals, "o") == {"write"}
    assert uses(facts.fields, "a") == {"write", "update"}
    assert uses(facts.fields, "b") == uses(facts.fields, "c") == {"write"}


def test_a_field_belongs_to_the_nearest_struct_with_a_name(tmp_path: Path) -> None:
    text = (
        "typedef struct { int a; union { int b; struct inner { int c; } i; }; } T; T t;\n"
        "int g(void) { T d = {.a = 1}; return t.b + t.i.c + d.a; }\n"
    )
    facts = facts_of(tmp_path, text)
    assert {(row["struct"], row["field"], row["use"]) for row in facts.fields} == {
        ("T", "a", "write"),
        ("T", "a", "read"),
        ("T", "b", "read"),
        ("T", "i", "read"),
        ("inner", "c", "read"),
    }


def test_functions_made_by_pasting_have_their_name_and_origin(tmp_path: Path) -> None:
    text = (
        '#define MAKE(n) int n##_made(void) { return 0; }\nMAKE(a)\n#define PREFIX b\n#include "template.h"\n'
    )
    template = (
        "#define JOIN2(x, y) x##_##y\n#define JOIN(x, y) JOIN2(x, y)\n#define INSERT JOIN(PREFIX, insert)\n"
    )
    template += "static int helper(void) { return 1; }\nint INSERT(void)\n{\n\treturn helper();\n}\n"
    facts = facts_of(tmp_path, text, template=template)
    assert {(row["name"], row["file"], row["origin"]) for row in facts.functions} == {
        ("a_made", "unit.c", "macro"),
        ("b_insert", "template.h", "template"),
        ("helper", "template.h", "source"),
    }
    assert facts.includes == [["unit.c", "template.h"]]
    assert calls(facts) == {("b_insert", "helper", "direct", "call", 7)}


def test_lines_that_the_preprocessor_leaves_out_are_told(tmp_path: Path) -> None:
    text = "#ifdef A\nint a;\n#else\nint b;\n#endif\n#if 0\nint c;\n#endif\n"
    assert facts_of(tmp_path, text).skipped == {"unit.c": [[2, 2], [7, 7]]}
    assert facts_of(tmp_path, text, "-DA").skipped == {"unit.c": [[4, 4], [7, 7]]}


def test_a_missing_header_is_an_error_and_no_half_truth(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"absent\.h"):
        facts_of(tmp_path, '#include "absent.h"\nvoid f(void) { }\n')


def test_a_build_gives_its_units_with_the_flags_that_matter(tmp_path: Path) -> None:
    command = {
        "directory": str(tmp_path),
        "command": "cc -Iinclude -DX='a b' -O2 -Wall -include first.h -MF x.d -o x.o -c unit.c",
        "file": "unit.c",
        "output": "src/bin/tool.p/unit.c.o",
    }
    (tmp_path / "compile_commands.json").write_text(json.dumps([command, command | {"file": "x.cpp"}]))
    (unit,) = read_units(tmp_path, "/builtin")
    assert unit.flags == ("-Iinclude", "-DX=a b", "-include", "first.h", "-isystem/builtin", "-w")
    assert unit.file == str(tmp_path / "unit.c")
    assert unit.frontend


def test_a_name_is_linked_within_its_program() -> None:
    def unit(file: str, target: str, frontend: bool) -> dict[str, Any]:
        function = {"name": "palloc", "file": file, "static": False}
        return {"functions": [function], "target": target, "frontend": frontend}

    functions, variables = Definitions("functions"), Definitions("variables")
    functions.add(unit("mcxt.c", "src/backend/postgres_lib.a.p", False))
    functions.add(unit("fe_memutils.c", "src/common/libpgcommon.a.p", True))
    row = {"callee": "palloc", "declared": "palloc.h", "static": False}
    for target, frontend, expected in (
        ("src/backend/parser.a.p", False, "mcxt.c"),
        ("contrib/x.so.p", False, "mcxt.c"),
        ("src/bin/psql/psql.p", True, "fe_memutils.c"),
    ):
        caller = {"calls": [dict(row)], "globals": [], "target": target, "frontend": frontend}
        link(caller, functions, variables)
        assert caller["calls"][0]["callee_files"] == [expected]  # type: ignore[index]


def test_truth_is_kept_by_unit_and_linked_over_all(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.c").write_text("int b(void);\nint a(void) { return b(); }\n")
    (source / "b.c").write_text("int b(void) { return 1; }\n")
    (source / "broken.c").write_text('#include "absent.h"\n')
    units = [Unit(str(source / name), (), str(source), "t") for name in ("a.c", "b.c", "broken.c")]
    kept = collect(units, source, tmp_path / "units")
    before = [file.stat().st_mtime_ns for file in kept]
    assert collect(units, source, tmp_path / "units") == kept
    assert [file.stat().st_mtime_ns for file in kept] == before
    write_truth(kept[:1], kept, tmp_path / "truth.jsonl")
    (unit,) = read_truth(tmp_path / "truth.jsonl")
    assert [(row["callee"], row["callee_files"]) for row in unit["calls"]] == [("b", ["b.c"])]
