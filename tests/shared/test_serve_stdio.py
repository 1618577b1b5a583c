"""Serving over standard input and output."""

import json
import signal
import subprocess
from pathlib import Path
from typing import IO

import pytest

from tests.fixtures.mcp import Process, Program, started

INITIALIZE = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
)
SLEEP = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "sleep_long", "arguments": {}, "_meta": {"progressToken": 1}},
    }
)


def _stdin(process: Process) -> IO[str]:
    assert process.popen.stdin is not None
    return process.popen.stdin


def _next(process: Process) -> dict[str, object]:
    assert process.popen.stdout is not None
    message: dict[str, object] = json.loads(process.popen.stdout.readline())
    return message


def _put_to_sleep(process: Process) -> None:
    """Connect, and begin a call that does not end."""
    _stdin(process).write(f"{INITIALIZE}\n{SLEEP}\n")
    _stdin(process).flush()
    assert _next(process)["id"] == 1
    assert _next(process)["method"] == "notifications/progress"


def test_the_server_ends_cleanly_when_its_input_ends(barn: Program, tmp_path: Path) -> None:
    with started(barn, stdin=subprocess.PIPE) as process:
        _put_to_sleep(process)
        _stdin(process).close()
        assert process.wait() == 0
        assert process.errors == []
    assert (tmp_path / "cancelled").exists()
    assert (tmp_path / "closed").exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_a_call_and_the_server_while_its_input_is_open(
    barn: Program, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    with started(barn, stdin=subprocess.PIPE) as process:
        _put_to_sleep(process)
        assert process.stop(number) == status
        assert "Traceback" not in "".join(process.errors)
    assert (tmp_path / "cancelled").exists()
    assert (tmp_path / "closed").exists()


def test_a_second_signal_ends_a_server_that_cannot_close(barn: Program, tmp_path: Path) -> None:
    (tmp_path / "stuck").touch()
    with started(barn, stdin=subprocess.PIPE) as process:
        _put_to_sleep(process)
        process.popen.send_signal(signal.SIGTERM)
        process.line_with("the door is stuck")
        assert process.stop(signal.SIGTERM) == -signal.SIGTERM


def test_input_may_come_from_a_file(barn: Program, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text(INITIALIZE)  # and its last line need not end
    with requests.open() as file, started(barn, stdin=file.fileno()) as process:
        assert _next(process)["id"] == 1
        assert process.wait() == 0


def test_a_line_that_is_not_json_does_not_end_the_server(barn: Program) -> None:
    with started(barn, stdin=subprocess.PIPE) as process:
        _stdin(process).write(f"not json\n\n\udcff\n{INITIALIZE}\n".encode("utf-8", "replace").decode())
        _stdin(process).flush()
        while _next(process).get("id") != 1:
            pass
        _stdin(process).close()
        assert process.wait() == 0


def test_what_cannot_be_opened_is_one_line_and_a_failure(barn: Program, tmp_path: Path) -> None:
    (tmp_path / "burnt").touch()
    with started(barn, stdin=subprocess.PIPE) as process:
        assert process.wait() == 1
        assert process.errors == ["barn: The barn is burnt. Build it.\n"]
