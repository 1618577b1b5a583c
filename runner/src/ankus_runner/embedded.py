"""The embedded model server: llama.cpp in a child process, reached over loopback by the OpenAI API.

    async with embedded_engine(model, state_dir=data_dir() / "states") as engine:
        client = httpx2.AsyncClient(base_url=engine.base_url, headers=engine.headers, trust_env=False)

The child has its own session, so that Ctrl-C reaches this process alone; it ends when its standard input
does, so that it never outlives this process, not even after `kill -9`.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
from anyio.abc import Process

from ankus_runner.cpus import physical_cores
from ankus_runner.engine_log import drop_log, first_error, new_log
from ankus_runner.errors import EngineError
from ankus_runner.llama_process import EngineRequest
from ankus_runner.states import PromptStates
from ankus_shared.paths import data_dir

START_SECONDS = 180.0
"""How long the model may take to load, from a cold disk."""

SPIN_COUNT = "3000"
"""Turns that a thread spins at a barrier before it sleeps (libgomp's GOMP_SPINCOUNT). Its own default of
300,000 makes llama.cpp ten times slower as soon as another process wants one of the cores."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A running llama.cpp. `base_url` is `http://127.0.0.1:PORT`; the OpenAI API lies under `/v1`."""

    base_url: str
    api_key: str = field(repr=False)
    model: Path
    context_tokens: int
    log_file: Path
    process: Process = field(repr=False)
    _states: PromptStates = field(repr=False)
    _client: httpx2.AsyncClient = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every request must carry."""
        return {"Authorization": f"Bearer {self.api_key}"}

    async def failure(self) -> EngineError | None:
        """Why the engine is gone, or None where it still runs a second after a request broke."""
        with anyio.move_on_after(1.0):
            return _ended(self.model, await self.process.wait(), self.log_file)
        return None

    async def save_state(self, key: str) -> None:
        """Keep the prompt that was evaluated last under `key` (see `states.state_key`), about 28 kB a token.

        Raises:
            EngineError: llama.cpp is gone or could not write the file; nothing is left under `key`.
        """
        name = self._states.scratch_name(key)
        try:
            written = await self._slot("save", name)
            size = (self._states.folder / name).stat().st_size
            if written["n_written"] != size:
                raise EngineError(
                    f"Only {size} of {written['n_written']} bytes of the prompt state were kept."
                )
            await anyio.to_thread.run_sync(self._states.adopt, key)
        except (EngineError, OSError) as error:
            self._states.discard(key)
            raise EngineError(
                "The evaluated prompt could not be saved.", hint=_one_line(str(error))
            ) from error

    async def restore_state(self, key: str) -> bool:
        """Load what was saved under `key`; False where there is nothing, or nothing that can be used.

        Raises:
            EngineError: llama.cpp is gone.
        """
        path = await anyio.to_thread.run_sync(self._states.find, key)
        if path is None:
            return False
        try:
            restored = await self._slot("restore", path.name)
        except EngineError:
            if self.process.returncode is not None:
                raise
            self._states.discard(key)
            return False
        return int(restored["n_restored"]) > 0

    async def _slot(self, action: str, filename: str) -> dict[str, Any]:
        try:
            response = await self._client.post(f"/slots/0?action={action}", json={"filename": filename})
        except httpx2.TransportError as error:
            raise await self.failure() or EngineError(
                f"The model server does not answer: {error}."
            ) from error
        if response.status_code != httpx2.codes.OK:
            raise EngineError(f"The model server refused to {action} a prompt state: {_reason(response)}")
        answer: dict[str, Any] = response.json()
        return answer


@asynccontextmanager
async def embedded_engine(
    model: Path,
    *,
    context_tokens: int = 8192,
    threads: int | None = None,
    state_dir: Path | None = None,
    log_dir: Path | None = None,
) -> AsyncIterator[Engine]:
    """Run llama.cpp on `model` for the length of the block.

    Args:
        model: The GGUF file.
        context_tokens: Prompt and answer together, in tokens.
        threads: Threads that compute; the physical cores of this process by default.
        state_dir: Folder for saved prompt states; `data_dir()/"states"` by default.
        log_dir: Folder for the log, which stays only after a failure; `data_dir()/"logs"` by default.

    Raises:
        EngineError: The file is no usable GGUF, memory is short, or the engine did not start in time.
    """
    states = PromptStates(state_dir or data_dir() / "states")
    log_file = new_log(log_dir or data_dir() / "logs")
    request = _request(model, context_tokens, threads, states.folder)
    async with _child(log_file) as process, _client() as client:
        base_url = await _start(process, request, log_file)
        client.base_url = httpx2.URL(base_url)
        client.headers["Authorization"] = f"Bearer {request.api_key}"
        yield Engine(
            base_url=base_url,
            api_key=request.api_key,
            model=model,
            context_tokens=context_tokens,
            log_file=log_file,
            process=process,
            _states=states,
            _client=client,
        )


def _request(model: Path, context_tokens: int, threads: int | None, state_dir: Path) -> EngineRequest:
    return EngineRequest(
        model=os.path.abspath(model),
        context_tokens=context_tokens,
        threads=threads or physical_cores(),
        state_dir=os.path.abspath(state_dir),
        api_key=secrets.token_urlsafe(32),
    )


def _client() -> httpx2.AsyncClient:
    """A client for loopback: no proxy of the environment, and time to write a large state."""
    return httpx2.AsyncClient(trust_env=False, timeout=httpx2.Timeout(60.0, connect=5.0))


@asynccontextmanager
async def _child(log_file: Path) -> AsyncIterator[Process]:
    """Start the child and end it with the block: its input is closed, and it is killed if it lingers."""
    with log_file.open("ab") as log:
        process = await anyio.open_process(
            [sys.executable, "-P", "-m", "ankus_runner.llama_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={"GOMP_SPINCOUNT": SPIN_COUNT, **os.environ},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            drop_log(log_file)
        with anyio.CancelScope(shield=True):
            await _stop(process)


async def _stop(process: Process) -> None:
    assert process.stdin is not None
    await process.stdin.aclose()
    with anyio.move_on_after(5):
        await process.wait()
    if process.returncode is None:
        process.kill()
    await process.aclose()


async def _start(process: Process, request: EngineRequest, log_file: Path) -> str:
    """Hand over the request and wait for the address."""
    assert process.stdin is not None
    model = Path(request.model)
    line = b""
    try:
        with anyio.fail_after(START_SECONDS):
            await process.stdin.send(request.to_line().encode())
            line = await _first_line(process)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise EngineError(
            f"{model.name} did not load within {START_SECONDS:.0f} s.", hint=_see(log_file)
        ) from error
    except anyio.BrokenResourceError:
        pass  # it died before it read the request; its exit status says why
    answer = json.loads(line) if line.endswith(b"\n") else {}
    if "url" in answer:
        return str(answer["url"])
    raise _ended(model, await process.wait(), log_file, answer.get("error", ""))


async def _first_line(process: Process) -> bytes:
    assert process.stdout is not None
    line = b""
    async for chunk in process.stdout:
        line += chunk
        if line.endswith(b"\n"):
            break
    return line


def _ended(model: Path, status: int, log_file: Path, said: str = "") -> EngineError:
    """Turn an exit status, a log and what the child said last into one clear sentence."""
    if status == -signal.SIGKILL:
        hint = "It was killed, most likely because memory is short: take a smaller model or context."
        return EngineError(f"llama.cpp could not run {model.name}.", hint=hint)
    if "libgomp" in said:
        hint = "Install libgomp (Debian and Ubuntu: apt install libgomp1; Fedora: dnf install libgomp)."
        return EngineError(f"llama.cpp needs a library that this system lacks: {said}.", hint=hint)
    cause = first_error(log_file) or said or f"it ended with status {status}"
    return EngineError(f"llama.cpp could not run {model.name}: {cause}.", hint=_see(log_file))


def _see(log_file: Path) -> str:
    return f"See {log_file}."


def _reason(response: httpx2.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
