"""Questions drawn from a truth by hand, the scores of answers, and what peers say."""

import sqlite3
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.code_graph import peers
from benchmarks.code_graph.ask import call_of, score, summary
from benchmarks.code_graph.expected import Truth, gather
from benchmarks.code_graph.questions import Drawing, Question, read_questions, write_questions
from benchmarks.code_graph.source import unpack
from benchmarks.code_graph.spent import Failed, run_measured
from tests.fixtures.apt import Missing

FILE = "src/backend/a.c"
ASKED = Question("callers", "Which functions call g?", "g", ["one", "two"], ["three"])


def truth_of(calls: list[tuple[str, str, str]], writes: Sequence[tuple[str, str]] = ()) -> Truth:
    names = {name for caller, callee, _ in calls for name in (caller, callee)} | {"idle"}
    unit: dict[str, Any] = {
        "file": FILE,
        "functions": [{"name": name, "file": FILE, "origin": "source"} for name in sorted(names)],
        "skipped": {FILE: []},
        "calls": [
            {"caller": caller, "file": FILE, "callee": callee, "callee_files": [FILE]}
            | {"use": "call", "class": how, "line": 1}
            for caller, callee, how in calls
        ],
        "globals": [
            {"caller": caller, "file": FILE, "global": name, "global_files": [FILE]}
            | {"use": "write", "class": "direct", "line": 1}
            for caller, name in writes
        ],
        "fields": [],
        "includes": [],
    }
    return gather([unit])


def drawn(truth: Truth, kind: str) -> list[Question]:
    return [question for question in Drawing(truth).all() if question.kind == kind]


def test_callers_are_asked_with_functions_of_the_file_that_do_not_call() -> None:
    truth = truth_of([("a", "g", "direct"), ("b", "g", "direct"), ("c", "h", "macro"), ("d", "h", "macro")])
    [question] = drawn(truth, "callers")
    assert (question.subject, question.has) == ("g", ["a", "b"])
    assert question.lacks
    assert not set(question.lacks) & {"a", "b", "g"}
    [by_macros] = drawn(truth, "callers by macros")
    assert (by_macros.subject, by_macros.has) == ("h", ["c", "d"])


def test_a_path_is_asked_with_its_fewest_calls() -> None:
    chain = [("a", "b", "direct"), ("b", "c", "direct"), ("c", "d", "direct"), ("a", "c", "macro")]
    chain.append(("d", "e", "direct"))
    paths = {(question.subject, question.to, question.steps) for question in drawn(truth_of(chain), "path")}
    assert paths == {("a", "e", 3), ("b", "e", 3)}


def test_writers_are_those_that_write() -> None:
    truth = truth_of([("a", "b", "direct")], [("a", "v"), ("b", "v"), ("a", "w")])
    [question] = drawn(truth, "writers")
    assert (question.subject, question.has, question.lacks) == ("v", ["a", "b"], ["idle"])


def test_questions_are_written_and_read_back(tmp_path: Path) -> None:
    questions = [ASKED, Question("path", 'How does "a" reach b?', "a", ["a", "b"], [], "b", 3)]
    write_questions(questions, tmp_path / "questions.toml")
    assert read_questions(tmp_path / "questions.toml") == questions


def test_the_file_holds_forty_questions_or_more_and_each_has_a_tool() -> None:
    questions = read_questions()
    assert len(questions) >= 40
    assert len({question.ask for question in questions}) == len(questions)
    assert {call_of(question)[0] for question in questions} == {
        *(
            "find_callers",
            "find_callees",
            "find_references",
            "find_call_path",
            "list_includes",
            "find_symbol",
        ),
    }


@pytest.mark.parametrize(
    ("text", "absent", "wrong"),
    [
        ("one  a.c:1\ntwo  a.c:2", (), ()),
        ("one  a.c:1", ("two",), ()),
        ("one, two and three", (), ("three",)),
        ("one_more two.c three_more", ("one", "two"), ()),
        ("one() and two.", (), ()),
    ],
)
def test_an_answer_is_right_with_all_names_and_none_that_do_not_belong(
    text: str, absent: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    scored = score(ASKED, text, {})
    assert (scored.absent, scored.wrong) == (absent, wrong)
    assert scored.right == (not absent and not wrong)


def test_a_path_of_another_length_is_wrong() -> None:
    question = Question("path", "?", "a", ["a", "b"], [], "b", 3)
    assert score(question, "a -> b", {"length": 3}).right
    assert "4 calls instead of 3" in str(score(question, "a -> b", {"length": 4}))


def test_the_summary_counts_by_kind() -> None:
    text = summary([score(ASKED, "one two", {}), score(ASKED, "", {})])
    assert "callers              1 of 2" in text


def test_a_peer_is_judged_by_names_and_the_callers_file(tmp_path: Path) -> None:
    truth = truth_of([("a", "g", "direct"), ("b", "g", "macro")])
    assert peers.recall_of({("a", FILE, "g"), ("b", "other.c", "g")}, truth) == (0.5, 2)
    database = tmp_path / "codegraph.db"
    with sqlite3.connect(database) as connection:
        connection.executescript(
            """
            CREATE TABLE nodes (id, name, file_path); CREATE TABLE edges (source, target, kind);
            INSERT INTO nodes VALUES (1, 'a', 'a.c'), (2, 'g', 'a.c');
            INSERT INTO edges VALUES (1, 2, 'calls'), (2, 1, 'contains');
            """
        )
    assert set(peers.read_codegraph(database)) == {("a", "a.c", "g")}


def test_a_command_is_measured_with_its_children() -> None:
    child = "x = bytearray(64 * 2**20)\nfor _ in range(3 * 10**7): pass"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); print('done')"
    spent = run_measured([sys.executable, "-c", program])
    assert spent.output == "done\n"
    assert spent.cpu > 0.2
    assert spent.memory > 64


def test_a_command_that_fails_says_its_last_line() -> None:
    with pytest.raises(Failed, match="no such thing"):
        run_measured([sys.executable, "-c", "import sys; print('first'); sys.exit('no such thing')"])


def test_the_pristine_tarball_is_unpacked_under_its_version(tmp_path: Path) -> None:
    download = tmp_path / "download"
    (download / "postgresql-99").mkdir(parents=True)
    (download / "postgresql-99/a.c").write_text("int a;\n")
    with tarfile.open(download / "postgresql-99_99.1.orig.tar.gz", "w:gz") as archive:
        archive.add(download / "postgresql-99", "postgresql-99")
    assert unpack(download, tmp_path) == tmp_path / "postgresql-99.1"
    assert (tmp_path / "postgresql-99.1/a.c").read_text() == "int a;\n"
    with pytest.raises(Missing):
        unpack(tmp_path / "postgresql-99.1", tmp_path)
