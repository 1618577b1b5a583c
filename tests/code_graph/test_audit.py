"""Rules over files and trees: what is read and what not, progress, cancellation, fingerprints."""

import re
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankus_code_graph.errors import BadSource
from ankus_code_graph.suspicious import scan
from ankus_code_graph.suspicious.audit import audit, list_files
from ankus_code_graph.suspicious.compiled import compile_rule
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.packs import all_rules, choose, read_rule
from ankus_code_graph.suspicious.scan import scan_source

BAD = "void f(char *p)\n{\n\tgets(p);\n}\n"
RULES = [compile_rule(rule) for rule in all_rules()]
PIECES = (
    """
if (x)|else|{|}|(|)|;|for (;;)|while (p)|do|switch (x)|case 1:|default:|break;|continue;|goto a;|a:|return p;
foreach(lc, l)|PG_TRY();|PG_CATCH();|PG_FINALLY();|PG_END_TRY();|pfree(p);|p = palloc(n * m);|&&|x == y|!
LWLockAcquire(l, LW_SHARED);|LWLockRelease(l);|#if X|#else|#endif|START_CRIT_SECTION();|char *p = NULL;|"
ereport(ERROR, (errmsg("x")));|\\
""".strip()
    .replace("\n", "|")
    .split("|")
)


def write(folder: Path, **files: str | bytes) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_c", ".c").replace("_h", ".h")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_no_text_is_too_broken_to_be_read(pieces: list[str]) -> None:
    text = "void f(char *p)\n{\n" + "\n".join(pieces) + "\n}\n"
    lines = text.count("\n") + 1
    for finding in scan_source("x.c", text.encode(), RULES).findings:
        assert 1 <= finding.line <= lines


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_fingerprints_stay_when_lines_move(blank: list[int]) -> None:
    code = (Path(__file__).parent / "suspicious" / "use-after-free.c").read_text("utf-8")
    functions = re.split(r"(?m)^}\n", code)
    moved = "}\n".join("\n" * (blank[i % 12]) + part for i, part in enumerate(functions)).replace(
        "\t", "    "
    )

    def prints(text: str) -> list[str]:
        return sorted(one.fingerprint for one in scan_source("x.c", text.encode(), RULES).findings)

    assert prints(moved) == prints(code) != []


def test_the_same_line_twice_has_two_fingerprints() -> None:
    code = b"void f(char *p)\n{\n\tgets(p);\n\tgets(p);\n}\n"
    found = scan_source("x.c", code, RULES).findings
    assert len({one.fingerprint for one in found}) == len(found) >= 2


def test_a_chain_of_fifteen_hundred_ifs_is_read_or_skipped(tmp_path: Path) -> None:
    deep = "void f(char *p)\n{\n\tpfree(p);\n" + "if (x) {" * 1_500 + "}" * 1_500 + "\n}\n"
    write(tmp_path, deep_c=deep)
    found = scan.scan_batch(str(tmp_path), ["deep.c"], scan.RULES.dump_json(list(all_rules())))
    assert found.files + len(found.skipped) == 1


async def test_a_tree_is_read_with_progress_and_says_what_it_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_c=BAD,
        b_h="int x;\n",
        c_c=b"\0binary",
        sub__d_c=BAD,
        latin_c=b"/* \xe9 */\n" + BAD.encode(),
    )
    (tmp_path / "link.c").symlink_to("/etc/passwd")
    told = list[tuple[int, int]]()

    async def progress(done: int, total: int) -> None:
        told.append((done, total))

    outcome = await audit(tmp_path, "", choose(["gets-call"]), progress, workers=1)
    assert [(one.path, one.line) for one in outcome.findings] == [("a.c", 3), ("latin.c", 4), ("sub/d.c", 3)]
    assert outcome.scanned.skipped == ["c.c: binary"]
    assert told[-1] == (5, 5)
    assert "link.c" not in list_files(tmp_path)


@pytest.mark.parametrize("path", ["../outside", "/etc", "missing.c", "empty"])
async def test_a_path_outside_or_without_c_is_refused(tmp_path: Path, path: str) -> None:
    write(tmp_path, a_c=BAD)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadSource):
        await audit(tmp_path, path, choose(["gets-call"]))


async def test_a_file_that_vanishes_is_said_and_not_fatal(tmp_path: Path) -> None:
    rules = scan.RULES.dump_json(choose(["gets-call"]))
    assert "No such file" in scan.scan_batch(str(tmp_path), ["gone.c"], rules).skipped[0]


async def test_rules_that_need_a_graph_are_skipped_and_named_without_one(tmp_path: Path) -> None:
    write(tmp_path, a_c=BAD)
    outcome = await audit(tmp_path, "", choose(["gets-call", "sql-function-strcpy"]), workers=1)
    assert outcome.skipped_rules == ["sql-function-strcpy"]
    assert [rule.id for rule in outcome.rules] == ["gets-call"]


async def test_cancellation_ends_an_audit_at_once(tmp_path: Path) -> None:
    endless = {
        "id": "slow-rule",
        "title": "x",
        "severity": "note",
        "why": "x",
        "fix": "x",
        "queries": ['((identifier) @hit (#match? @hit "^(a+)+$"))'],
    }
    write(tmp_path, a_c=f"int {'a' * 60}b;\n")
    with anyio.move_on_after(3) as scope:
        await audit(tmp_path, "", [read_rule(endless)], workers=1)
    assert scope.cancelled_caught


def test_findings_tell_where_else_to_look() -> None:
    body = "LWLockAcquire(l, 1);\nif (x)\nreturn 1;\nLWLockRelease(l);\nreturn 0;\n"
    code = f"int f(L *l, int x)\n{{\n{body}}}\n".encode()
    [finding] = scan_source("x.c", code, RULES).findings
    assert isinstance(finding, Finding)
    assert (finding.function, finding.line, finding.related[0].line) == ("f", 3, 5)
