"""llama.cpp as a child process: it answers, keeps evaluated prompts, and never outlives its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from ankus_runner.cpus import physical_cores
from ankus_runner.embedded import Engine, embedded_engine
from ankus_runner.errors import EngineError
from ankus_runner.states import state_key

PREFIX = "You know these tables: " + ", ".join(f"table_{n}(id, name)" for n in range(40)) + "."


@pytest.fixture
async def engine(smollm: Path, tmp_path: Path) -> AsyncIterator[Engine]:
    async with start(smollm, tmp_path) as engine:
        yield engine


def start(model: Path, folder: Path, **options: Any) -> Any:
    return embedded_engine(
        model,
        context_tokens=2048,
        threads=1,
        state_dir=folder / "states",
        log_dir=folder / "logs",
        **options,
    )


async def ask(engine: Engine, question: str, *, system: str = PREFIX) -> dict[str, Any]:
    """One chat completion of four tokens, as llama.cpp answers it: with `timings`."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    async with httpx2.AsyncClient(base_url=engine.base_url, trust_env=False, timeout=60) as client:
        response = await client.post(
            "/v1/chat/completions",
            headers=engine.headers,
            json={"messages": messages, "max_tokens": 4, "temperature": 0},
        )
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def saved(folder: Path) -> list[Path]:
    return sorted((folder / "states").iterdir())


async def test_the_engine_answers_a_chat_and_leaves_nothing_behind(smollm: Path, tmp_path: Path) -> None:
    async with start(smollm, tmp_path) as engine:
        answer = await ask(engine, "Hello")
        assert list((tmp_path / "logs").iterdir()) == [engine.log_file]

    assert answer["choices"][0]["message"]["content"]
    assert engine.process.returncode == 0
    assert list((tmp_path / "logs").iterdir()) == []


async def test_the_engine_listens_on_loopback_and_only_for_its_owner(engine: Engine) -> None:
    async with httpx2.AsyncClient(base_url=engine.base_url, trust_env=False) as client:
        refused = await client.post("/v1/chat/completions", json={"messages": []})

    assert engine.base_url.startswith("http://127.0.0.1:")
    assert refused.status_code == 401
    assert engine.api_key not in repr(engine)
    assert engine.api_key not in Path(f"/proc/{engine.process.pid}/cmdline").read_text()
    assert engine.api_key not in Path(f"/proc/{engine.process.pid}/environ").read_text()


async def test_a_saved_prompt_is_reused_by_the_next_engine(smollm: Path, tmp_path: Path) -> None:
    key = state_key(smollm, 2048, PREFIX)
    async with start(smollm, tmp_path) as first:
        evaluated = (await ask(first, "How many tables?"))["timings"]["prompt_n"]
        await first.save_state(key)
    async with start(smollm, tmp_path) as second:
        assert await second.restore_state(key)
        timings = (await ask(second, "Name one of them, please."))["timings"]

    # the saved state held another question and its answer after the prefix; only the prefix is shared
    assert timings["cache_n"] > 300
    assert timings["prompt_n"] < 30 < evaluated


async def test_the_restored_prompt_gives_the_same_answer_as_a_fresh_one(engine: Engine) -> None:
    fresh = await ask(engine, "Name one of them.")
    await engine.save_state("k")
    await ask(engine, "Something else", system="Other words entirely.")
    await engine.restore_state("k")
    again = await ask(engine, "Name one of them.")

    assert again["choices"] == fresh["choices"]
    assert again["timings"]["cache_n"] > 300


async def test_nothing_is_restored_where_nothing_was_saved(engine: Engine) -> None:
    assert not await engine.restore_state("never-saved")


async def test_a_damaged_state_is_ignored_and_removed(engine: Engine, tmp_path: Path) -> None:
    await ask(engine, "Hello")
    await engine.save_state("k")
    (state,) = saved(tmp_path)
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)

    assert not await engine.restore_state("k")
    assert saved(tmp_path) == []
    assert (await ask(engine, "Hello"))["choices"]


async def test_a_foreign_file_under_an_intact_name_is_ignored_and_removed(
    engine: Engine, tmp_path: Path
) -> None:
    digest = "6f6fb5e4ab2a6e0a4ab7e9d2d5a3b3d8"
    (tmp_path / "states" / f"k.{digest}.state").write_bytes(b"not a state")

    assert not await engine.restore_state("k")
    assert saved(tmp_path) == []


async def test_a_state_that_llama_cpp_itself_refuses_is_removed(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "states" / f"k.{os.getpid()}.tmp").write_bytes(b"intact, but no state of a model")
    engine._states.adopt("k")

    assert not await engine.restore_state("k")
    assert saved(tmp_path) == []


async def test_an_engine_that_was_killed_says_so_when_it_is_asked(engine: Engine) -> None:
    assert await engine.failure() is None
    engine.process.kill()
    await engine.process.wait()

    with pytest.raises(EngineError, match=r"could not be saved.*memory is short"):
        await engine.save_state("k")
    failure = await engine.failure()
    assert failure is not None
    assert "SmolLM2" in failure.message


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"hello, I am no model", "invalid magic characters"), (b"GGUF\3\0\0\0", "failed to read")],
)
async def test_a_file_that_is_no_model_is_refused_with_its_cause(
    tmp_path: Path, content: bytes, cause: str
) -> None:
    model = tmp_path / "bad.gguf"
    model.write_bytes(content)

    with pytest.raises(EngineError, match=rf"could not run bad\.gguf: .*{cause}") as caught:
        async with start(model, tmp_path):
            pytest.fail("it started")

    assert str(next((tmp_path / "logs").iterdir())) in caught.value.hint


async def test_a_system_without_libgomp_is_told_what_to_install(
    smollm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "libgomp.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "xllamacpp.py").write_text(f"raise ImportError({missing!r})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(EngineError, match=r"libgomp\.so\.1: .*apt install libgomp1"):
        async with start(smollm, tmp_path):
            pytest.fail("it started")


async def test_only_the_newest_logs_of_failures_are_kept(tmp_path: Path) -> None:
    model = tmp_path / "bad.gguf"
    model.write_bytes(b"no model")

    for _ in range(7):
        with pytest.raises(EngineError):
            async with start(model, tmp_path):
                pytest.fail("it started")

    assert len(list((tmp_path / "logs").iterdir())) == 5


async def test_leaving_early_ends_the_child(smollm: Path, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="something of our own"):
        async with start(smollm, tmp_path) as engine:
            raise RuntimeError("something of our own")

    assert engine.process.returncode == 0


async def test_cancelling_while_the_model_loads_ends_the_child(smollm: Path, tmp_path: Path) -> None:
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(_enter, smollm, tmp_path)
            await anyio.wait_all_tasks_blocked()
            scope.cancel()

    assert scope.cancelled_caught
    assert children() == []


async def _enter(model: Path, folder: Path) -> None:
    async with start(model, folder):
        await anyio.sleep_forever()


def children() -> list[str]:
    """The processes of llama.cpp that are children of this one."""
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True, check=False
    )
    return [line for line in listed.stdout.splitlines() if "ankus_runner.llama_process" in line]


PARENT = """
import sys, anyio
from pathlib import Path
from ankus_runner.embedded import embedded_engine
async def main():
    folder = Path(sys.argv[2])
    async with embedded_engine(Path(sys.argv[1]), context_tokens=512, threads=1,
                               state_dir=folder, log_dir=folder) as engine:
        print(engine.process.pid, flush=True)
        await anyio.sleep_forever()
anyio.run(main)
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd_open (Linux) to await a grandchild")
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_the_engine_ends_with_its_parent(smollm: Path, tmp_path: Path, blow: signal.Signals) -> None:
    command = [sys.executable, "-c", PARENT, str(smollm), str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        engine = os.pidfd_open(int(parent.stdout.readline()))
        parent.send_signal(blow)

    # a pidfd becomes readable when its process ends; the test's own timeout is the limit
    with os.fdopen(engine, "rb", buffering=0) as ended:
        anyio.run(anyio.wait_readable, ended)


def fake_sys(folder: Path, siblings: dict[int, str], cpu_max: str | None) -> Path:
    for cpu, text in siblings.items():
        topology = folder / f"devices/system/cpu/cpu{cpu}/topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(text + "\n")
    if cpu_max is not None:
        (folder / "fs/cgroup").mkdir(parents=True)
        (folder / "fs/cgroup/cpu.max").write_text(cpu_max + "\n")
    return folder


@pytest.mark.parametrize(
    ("siblings", "cpu_max", "expected"),
    [
        ({0: "0,4", 1: "1,5", 4: "0,4", 5: "1,5"}, None, 2),
        ({0: "0", 1: "1", 2: "2"}, "max 100000", 3),
        ({0: "0", 1: "1", 2: "2"}, "200000 100000", 2),
        ({0: "0", 1: "1"}, "50000 100000", 1),
        ({}, "150000 100000", 1),
    ],
)
def test_threads_are_the_physical_cores_that_the_process_may_use(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    siblings: dict[int, str],
    cpu_max: str | None,
    expected: int,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(siblings) or {0, 1, 2, 3}, raising=False)

    assert physical_cores(fake_sys(tmp_path, siblings, cpu_max)) == expected
