"""Indexing anew gives what indexing from nothing gives, whatever changed in between."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankus_code_graph.errors import BadSource
from ankus_code_graph.index.indexer import Options, Report, index
from ankus_code_graph.model import Changes, Edge, FileRecord, Vertex


class Memory:
    """A store in memory that holds the indexer to its contract."""

    def __init__(self) -> None:
        self.records: dict[str, FileRecord] = {}
        self.things: dict[int, Vertex | Edge] = {}
        self.documents: dict[int, tuple[str, str]] = {}
        self.told: dict[str, Any] = {}

    def files(self, name: str) -> dict[str, tuple[bytes, int, int]]:
        return {path: (one.hash, one.size, one.mtime_ns) for path, one in self.records.items()}

    def facts(self, name: str) -> Iterator[tuple[str, bytes]]:
        return iter([(path, one.facts) for path, one in self.records.items()])

    def rows(self, name: str, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        return iter([(path, self.records[path].rows) for path in paths])

    def statistics(self, name: str) -> dict[str, Any]:
        return self.told

    def apply(
        self,
        name: str,
        root: Path,
        revision: str,
        changes: Changes,
        statistics: dict[str, Any],
        progress: Any,
    ) -> None:
        for identity in changes.removed:
            del self.things[identity]  # KeyError: what is not there cannot be removed
            self.documents.pop(identity, None)
        fresh: list[Vertex | Edge] = [*changes.vertices, *changes.edges]
        for thing in fresh:
            assert thing.id not in self.things, thing
            self.things[thing.id] = thing
        for document in changes.documents:
            self.documents[document.id] = (document.name, document.comment)
        for path in changes.removed_files:
            del self.records[path]
        self.records.update({one.path: one for one in changes.files})
        self.told = statistics
        ends = {end for one in self.things.values() if isinstance(one, Edge) for end in (one.start, one.end)}
        assert ends <= self.things.keys(), "an edge without its end"


def run(root: Path, store: Memory, **options: Any) -> Report:
    return index(root, "small", store, Options(jobs=1, **options), lambda stage, done, total: None)


def same(one: Memory, other: Memory) -> None:
    assert one.things == other.things
    assert one.documents == other.documents
    assert one.told == other.told


def write(root: Path, path: str, text: str) -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


NAMES = ["alpha", "beta", "gamma", "delta"]
BODIES = st.lists(
    st.sampled_from(
        [
            *(f"{name}(1);" for name in NAMES),
            *(f"USE_{name}(x);" for name in NAMES),
            *(f"count_{name} = p->f_{name};" for name in NAMES),
            *(f"hook_{name} = {name}; hook_{name}(2);" for name in NAMES),
            "table_insert(3);",
        ]
    ),
    max_size=4,
)
PIECES = st.one_of(
    st.tuples(st.sampled_from(["int", "static int"]), st.sampled_from(NAMES), BODIES).map(
        lambda one: f"{one[0]} {one[1]}(struct s *p) {{ int x = 0; {' '.join(one[2])} return x; }}"
    ),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).map(
        lambda one: f"#define USE_{one[0]}(x) {one[1]}((x))"
    ),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).map(
        lambda one: (
            f"#ifdef HAVE\n#define USE_{one[0]}(x) {one[1]}(x)\n#else\n#define USE_{one[0]}(x) 0\n#endif"
        )
    ),
    st.sampled_from([f"int count_{name};\nint (*hook_{name})(int);" for name in NAMES]),
    st.sampled_from([f"extern int count_{name};\nextern int (*hook_{name})(int);" for name in NAMES]),
    st.sampled_from([f"struct s {{ int f_{name}, *f_beta; }};" for name in NAMES]),
    st.sampled_from([f"#define NOISY __attribute__(({name}))" for name in NAMES] + ["#define NOISY 1"]),
    st.just("static NOISY int noisy(int x) { return alpha(x); }"),
    st.just("#define HAVE 1"),
    st.just('#define PREFIX table\n#include "lib/template.h"'),
)
FILES = ["a.c", "b.c", "sub/c.c", "sub/d.h", "inc/e.h", "inc/f.h"]
INCLUDES = st.lists(st.sampled_from([*FILES, "e.h", "f.h"]).map(lambda one: f'#include "{one}"'), max_size=2)
TEXTS = st.tuples(INCLUDES, st.lists(PIECES, max_size=5)).map(lambda one: "\n".join([*one[0], *one[1], ""]))
TEMPLATE = """
#define JOIN(a, b) JOIN_(a, b)
#define JOIN_(a, b) a##_##b
#define INSERT JOIN(PREFIX, insert)
static int INSERT(int n) { return alpha(n); }
#undef PREFIX
"""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.dictionaries(st.sampled_from(FILES), TEXTS, min_size=1),
    edits=st.lists(
        st.dictionaries(st.sampled_from(FILES), st.none() | TEXTS, min_size=1, max_size=2), max_size=3
    ),
    number=st.integers(0, 2**30),
)
def test_after_any_edits_the_graph_is_that_of_a_full_rebuild(
    tmp_path_factory: pytest.TempPathFactory,
    start: dict[str, str],
    edits: list[dict[str, str | None]],
    number: int,
) -> None:
    root = tmp_path_factory.mktemp("tree")
    write(root, "lib/template.h", TEMPLATE)
    write(root, "always.c", "int always(void) { return alpha(0); }\n")
    for path, text in start.items():
        write(root, path, text)
    store = Memory()
    run(root, store)
    for edit in edits:
        for path, new in edit.items():
            if new is None:
                (root / path).unlink(missing_ok=True)
            else:
                write(root, path, new)
                os.utime(
                    root / path, ns=(random.Random(number).randrange(2**40), number)
                )  # a time of its own
                number += 1

        run(root, store)

        fresh = Memory()
        run(root, fresh)
        same(store, fresh)


def test_nothing_is_read_or_stored_where_nothing_changed(tmp_path: Path) -> None:
    write(tmp_path, "a.c", "int a(void) { return b(); }\n")
    store = Memory()
    run(tmp_path, store)
    before = dict(store.records)

    report = run(tmp_path, store)

    assert (report.files, report.changed, report.linked) == (1, 0, 0)
    assert store.records == before


def test_a_change_of_a_body_links_only_its_own_file(tmp_path: Path) -> None:
    write(tmp_path, "a.c", "int a(void) { return b(); }\n")
    write(tmp_path, "b.c", "int b(void) { return 1; }\n")
    store = Memory()
    run(tmp_path, store)
    write(tmp_path, "b.c", "int b(void) { return c(); }\nstatic int c(void) { return 2; }\n")

    report = run(tmp_path, store)

    assert (report.changed, report.linked) == (1, 1)


def test_a_touched_file_of_the_same_content_is_not_read_as_changed(tmp_path: Path) -> None:
    write(tmp_path, "a.c", "int a(void) { return 1; }\n")
    store = Memory()
    run(tmp_path, store)
    os.utime(tmp_path / "a.c", ns=(5, 5))

    assert run(tmp_path, store).changed == 0


def test_what_cannot_be_read_is_said_and_the_rest_is_indexed(tmp_path: Path) -> None:
    write(tmp_path, "good.c", "int good(void) { return 1; }\n")
    (tmp_path / "binary.c").write_bytes(b"\x7fELF\0\0\0\0")
    (tmp_path / "latin.c").write_bytes(
        "int gr\xfc\xdf(void) { return 1; }\nint after(void);".encode("latin-1")
    )
    (tmp_path / "large.c").write_bytes(b" " * (2 << 20))
    (tmp_path / os.fsdecode(b"bad\xff.c")).write_text("int x;")
    (tmp_path / "odd 'name\".c").write_text("int odd(void) { return good(); }\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.c").symlink_to(tmp_path / "good.c")
    store = Memory()

    report = run(tmp_path, store, most_file_mb=1)

    assert sorted(store.records) == ["good.c", "latin.c", "odd 'name\".c"]
    assert report.problem_count >= 3
    for word in ("binary.c: it is binary", "large.c: 2 MB are too many", "bad\\xff.c: its name is no UTF-8"):
        assert any(word in one for one in report.problems), (word, report.problems)


@pytest.mark.parametrize("kind", ["missing", "file", "empty", "no C"])
def test_a_tree_without_c_is_refused(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "tree"
    if kind == "file":
        root.write_text("x")
    elif kind != "missing":
        root.mkdir()
    if kind == "no C":
        (root / "a.py").write_text("x = 1")

    with pytest.raises(BadSource) as raised:
        run(root, Memory())

    assert raised.value.hint


def test_deep_nesting_does_not_end_the_run(tmp_path: Path) -> None:
    write(tmp_path, "deep.c", "int deep(void) { return " + "(" * 30_000 + "1" + ")" * 30_000 + "; }\n")
    write(tmp_path, "plain.c", "int plain(void) { return 1; }\n")
    store = Memory()

    report = run(tmp_path, store)

    assert report.files == 2
    assert any("plain" in str(one.properties.get("name")) for one in store.things.values())


def test_include_and_exclude_choose_the_files(tmp_path: Path) -> None:
    for path in ("src/a.c", "src/test/b.c", "other/c.c"):
        write(tmp_path, path, "int x;\n")
    store = Memory()

    run(tmp_path, store, include=("src/*",), exclude=("*/test/*",))

    assert list(store.records) == ["src/a.c"]
