"""The audit log: a changed line is seen, literals never reach it, writers do not disturb each other."""

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_postgres_sql.access.audit import AuditBroken, AuditLog, statement_form, verify, without_literals
from ankus_postgres_sql.access.errors import RateExceeded
from ankus_postgres_sql.access.limiter import Limiter
from ankus_postgres_sql.access.matrix import Identity
from tests.postgres_sql.test_program import run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of five records."""
    path = tmp_path / "audit"
    for number in range(5):
        AuditLog(path, sync=False).write(tool="run_query", rows=number)
    return path


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_changed_line_is_named(log: Path, number: int) -> None:
    lines = log.read_text().splitlines(keepends=True)
    lines[number - 1] = lines[number - 1].replace("run_query", "run_quern")
    log.write_text("".join(lines))
    with pytest.raises(AuditBroken, match=f"line {number}: it was changed"):
        verify(log)


def test_a_line_that_is_taken_out_or_cut_is_named(log: Path) -> None:
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:2] + lines[3:]))
    with pytest.raises(AuditBroken, match="line 3: lines before it are missing"):
        verify(log)
    log.write_text("".join(lines)[:-9])
    with pytest.raises(AuditBroken, match="line 5: it is not complete"):
        verify(log)


def test_the_command_says_whether_a_log_is_whole(log: Path) -> None:
    done = run("audit", "verify", str(log))
    assert done.stdout.startswith("5 records, whole")
    log.write_text(log.read_text().replace('"rows":3', '"rows":4'))
    done = run("audit", "verify", str(log))
    assert done.returncode == 1
    assert "line 4: it was changed" in done.stderr


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    logs = [AuditLog(path, sync=False) for _ in range(4)]
    threads = [threading.Thread(target=lambda log=log: [log.write(n=n) for n in range(25)]) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(path).records == 100


def test_a_file_after_rotation_goes_on_from_the_last_hash(tmp_path: Path) -> None:
    path, old = tmp_path / "audit", tmp_path / "audit.1"
    log = AuditLog(path)
    log.write(n=1)
    path.rename(old)
    log.write(n=2)
    assert verify(path).first_previous == verify(old).last


@given(
    st.text(st.characters(min_codepoint=65, max_codepoint=1200), min_size=6).map(lambda t: t.replace("'", ""))
)
def test_no_literal_reaches_the_log(secret: str) -> None:
    quoted = secret.replace("\\", "")
    for template in (
        "SELECT '{}'",
        "ALTER TABLE t ALTER c SET DEFAULT E'{}'",
        "INSERT INTO t VALUES ($x${}$x$) -- {}",
        "SELECT /* {} */ U&'{}' FROM é",
    ):
        if "$" not in quoted and len(quoted) > 5:
            form = json.dumps(statement_form(template.replace("{}", quoted)), ensure_ascii=False)
            assert quoted not in form


def test_numbers_are_literals_too() -> None:
    assert without_literals("SELECT 12, 1.5, B'1', x FROM t1 -- 4") == "SELECT ?, ?, ?, x FROM t1"


def test_limits_say_how_long_to_wait_and_let_go_after_it() -> None:
    now = [100.0]
    limiter = Limiter(Identity(calls_per_minute=2, rows_per_hour=10, concurrent_calls=1), lambda: now[0])
    with limiter.call():
        with pytest.raises(RateExceeded, match="at once"), limiter.call():
            pass
    now[0] += 10
    with limiter.call():
        pass
    with pytest.raises(RateExceeded, match="Too many calls; retry after 50 seconds"), limiter.call():
        pass
    now[0] += 50
    with limiter.call():
        limiter.spend_rows(11)
    now[0] += 60
    with pytest.raises(RateExceeded, match="Too many rows; retry after 3540 seconds"), limiter.call():
        pass
    now[0] += 3540
    with limiter.call():
        pass
