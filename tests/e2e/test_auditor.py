"""The profile `auditor`: what rules find is read, judged and kept, and reported with citations."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.scripted import Reply, ScriptedModel, call, final, serve_scripted
from tests.fixtures.shop import ankus, processes_of

FIND = call("code-graph__find_suspicious", {"path": "src", "rules": ["descriptor-leak"]})
READ = call("code-graph__get_source", {"file": "src/diary.c", "start": 8, "end": 13})
REPORT = "1 finding judged. descriptor-leak src/diary.c:8: src/diary.c:13 returns while diary is open."


def audited(home: Path, scripted: ScriptedModel, *replies: Reply) -> subprocess.CompletedProcess[str]:
    """`ankus ask` with the profile, to its end."""
    scripted.play(*replies)
    done = ankus(
        home, "ask", "Audit src for leaks.", "--profile", "auditor", "--base-url", scripted.url, "--json"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def note(fingerprint: str, verdict: str) -> Reply:
    """The call that keeps a verdict."""
    said = "src/diary.c:13 returns while diary is open."
    return call("code-graph__note_finding", {"fingerprint": fingerprint, "verdict": verdict, "note": said})


@pytest.fixture(scope="module")
def fingerprint(zoo_home: Path) -> str:
    """Of the finding in the tree; it is made of what is found, and stays from run to run."""
    with serve_scripted(ScriptedModel()) as scripted:
        done = audited(zoo_home, scripted, FIND, final("descriptor-leak at src/diary.c:8."))
    [found] = re.findall(r"([0-9a-f]{16}) src/diary\.c:8 log_meal\(\)", json.loads(done.stdout)["result"])
    return str(found)


def test_a_finding_is_read_judged_and_reported(
    zoo_home: Path, scripted: ScriptedModel, fingerprint: str
) -> None:
    done = audited(zoo_home, scripted, FIND, READ, note(fingerprint, "true_positive"), final(REPORT))

    assert json.loads(done.stdout)["answer"] == REPORT
    seen = [message["content"] for message in scripted.requests[-1]["messages"]]
    assert "13  \t\treturn -2;" in seen[-3]
    assert "descriptor-leak at src/diary.c:8 is true_positive" in seen[-1]
    assert not processes_of(zoo_home)


def test_what_was_judged_false_is_left_out_of_the_next_run(
    zoo_home: Path, scripted: ScriptedModel, fingerprint: str
) -> None:
    audited(zoo_home, scripted, FIND, note(fingerprint, "wont_fix"), final("src/diary.c:8: wont_fix."))

    done = audited(zoo_home, scripted, FIND, final("Nothing is left to judge."))

    assert "1 more are left out" in json.loads(done.stdout)["result"]


def test_a_fingerprint_that_no_run_found_is_given_back(zoo_home: Path, scripted: ScriptedModel) -> None:
    audited(zoo_home, scripted, FIND, READ, note("0" * 16, "unsure"), final("src/diary.c:13: unsure."))

    assert "Error: " in scripted.requests[-1]["messages"][-1]["content"]
