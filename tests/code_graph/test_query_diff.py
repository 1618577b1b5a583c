"""diff_impact: a range of revisions as git tells it, and what it reaches."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_code_graph.errors import BadSource
from ankus_code_graph.query import git
from ankus_code_graph.query.diff import diff_impact
from ankus_code_graph.query.patch import Lines, read_patch
from ankus_code_graph.query.view import viewed
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.store.writer import Writer
from ankus_shared.answers import Answer
from tests.code_graph import heap


def run_git(root: Path, *arguments: str) -> str:
    identity = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | identity | {"GIT_CONFIG_GLOBAL": os.devnull},
    )
    return done.stdout.strip()


def commit(root: Path) -> str:
    run_git(root, "add", "-A")
    run_git(root, "commit", "-q", "-m", "x")
    return run_git(root, "rev-parse", "HEAD")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository whose second commit is that of the graph."""
    run_git(tmp_path, "init", "-q")
    heap.write_tree(tmp_path)
    place = tmp_path / "src/heap.c"
    text = place.read_text()
    place.write_text(text.replace("return counter;", "return 0;"))
    (tmp_path / "notes").write_text("one\n")
    commit(tmp_path)
    place.write_text(text)
    (tmp_path / "notes").write_text("two\n")
    commit(tmp_path)
    return tmp_path


async def diffed(graphs: Graphs, text: str, depth: int = 3) -> Answer:
    async with viewed(graphs, "") as view:
        return await diff_impact(view, text, depth)


async def test_changed_lines_are_their_functions_and_reach_who_calls_them(
    graphs: Graphs, writer: Writer, tree: Path
) -> None:
    heap.draw().store(writer, tree, run_git(tree, "rev-parse", "HEAD"))
    answer = await diffed(graphs, "HEAD~1..HEAD")
    assert answer.text.splitlines()[:3] == [
        "HEAD~1..HEAD changes 2 files, and in them 1 symbol of the graph.",
        "changed symbols:",
        "- function helper src/heap.c:15-18",
    ]
    assert answer.structured["functions"] == 2
    assert "1  heap_scan  src/heap.c:21" in answer.text
    assert "1 SQL function: heap_size" in answer.text
    assert "Without symbols in the graph: notes." in answer.text


async def test_a_graph_of_another_revision_is_said_to_be(graphs: Graphs, writer: Writer, tree: Path) -> None:
    heap.draw().store(writer, tree, "0123456789abcdef")
    assert "The graph is of 0123456789abcdef, not of HEAD" in (await diffed(graphs, "HEAD~1..")).text


async def test_of_a_graph_of_the_older_revision_the_old_lines_count(
    graphs: Graphs, writer: Writer, tree: Path
) -> None:
    old = run_git(tree, "rev-parse", "HEAD")
    heap.draw().store(writer, tree, old)
    place = tree / "src/heap.c"
    place.write_text("/* 1 */\n" * 50 + place.read_text().replace("return counter;", "return 1;"))
    commit(tree)
    answer = await diffed(graphs, f"{old}..HEAD")
    assert "- function helper src/heap.c:15-18" in answer.text
    assert "the older one" in answer.text


async def test_a_field_a_macro_and_a_variable_reach_who_uses_them(
    graphs: Graphs, writer: Writer, tree: Path
) -> None:
    place = tree / "src/include/heap.h"
    place.write_text(place.read_text().replace("\tint\tcount;", "\tlong\tcount;"))
    heap.draw().store(writer, tree, commit(tree))
    answer = await diffed(graphs, "HEAD~1..HEAD", 1)
    assert "- field Heap.count src/include/heap.h:4" in answer.text
    assert "- struct" not in answer.text
    assert "1  heap_scan  src/heap.c:21" in answer.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("HEAD", "is no range"),
        ("--output=x..HEAD", "is no range"),
        ("HEAD..--output=x", "is no range"),
        ("HEAD...HEAD", "is no range"),
        ("HEAD..HEAD:src", "is no range"),
        ("HE AD..HEAD", "is no range"),
        ("a\0b..HEAD", "is no range"),
        ("..HEAD", "is no range"),
        ("nowhere..HEAD", "There is no revision 'nowhere'"),
        ("HEAD..;touch", "There is no revision ';touch'"),
        ("$(touch)..HEAD", "is no range|no revision"),
    ],
)
async def test_what_is_no_range_is_refused(tree: Path, text: str, message: str) -> None:
    with pytest.raises(BadSource, match=message):
        await git.read_range(tree, text)
    assert not (tree / "x").exists()


async def test_a_folder_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="is in no git repository"):
        await git.read_range(tmp_path, "HEAD~1..HEAD")
    with pytest.raises(BadSource, match="is in no git repository"):
        await git.read_range(tmp_path / "gone", "HEAD~1..HEAD")


async def test_odd_paths_deletions_and_text_like_headers_are_read_from_git_itself(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q")
    names = ['q"uote.c', "имя.c", "back\\slash.c", "space d.c", "tab\t.c"]
    for name in names:
        (tmp_path / name).write_text("a\n-- a/x\n++ b/x\nc\n")
    (tmp_path / "gone.c").write_text("1\n2")
    commit(tmp_path)
    for name in names:
        (tmp_path / name).write_text("a\nb\nb\nc")
    (tmp_path / "gone.c").unlink()
    (tmp_path / "new.c").write_text("1\n2\n3\n")
    (tmp_path / "bin.c").write_bytes(b"\0\1")
    commit(tmp_path)
    asked = await git.read_range(tmp_path, "HEAD~1..HEAD")
    found = {change.new_path or change.old_path: change for change in await git.changes(tmp_path, asked)}
    assert set(found) == {*names, "gone.c", "new.c", "bin.c"}
    for name in names:
        assert [(run.start, run.count) for run in found[name].new] == [(2, 3)]
    assert (found["gone.c"].new_path, found["gone.c"].old) == ("", [Lines(1, 2)])
    assert (found["new.c"].old_path, found["new.c"].new) == ("", [Lines(1, 3)])
    assert found["bin.c"].new == []


async def test_a_graph_of_a_folder_below_the_repository_sees_its_own_paths(tree: Path) -> None:
    asked = await git.read_range(tree / "src", "HEAD~1..HEAD")
    assert [change.new_path for change in await git.changes(tree / "src", asked)] == ["heap.c"]


def test_a_gap_touches_only_what_lies_around_it() -> None:
    assert Lines(5, 0).touches(3, 8)
    assert not Lines(8, 0).touches(3, 8)
    assert not Lines(2, 0).touches(3, 8)
    assert Lines(2, 2).touches(3, 8)
    assert not Lines(9, 1).touches(3, 8)


@given(st.lists(st.binary(max_size=40)))
def test_any_bytes_are_read_without_an_error(lines: list[bytes]) -> None:
    list(read_patch([b"diff --git a/x b/x", *lines]))
