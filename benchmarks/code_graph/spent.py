"""What a command costs: CPU with all its children, wall seconds, and their memory together at the peak."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.05


class Failed(Exception):
    """Raised where a command that is measured fails; the message is what it said last."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of CPU and wall, peak memory in MiB, and the standard output."""

    cpu: float
    wall: float
    memory: float
    output: str


def run_measured(
    command: Sequence[str | Path], folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Spent:
    """Runs a command to its end.

    Raises:
        Failed: If it exits with an error.
    """
    before, begin = os.times(), time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watch = MemoryWatch(process.pid)
    output, _ = process.communicate()
    wall, after = time.perf_counter() - begin, os.times()
    memory = watch.peak()
    if process.returncode:
        raise Failed((output.strip().splitlines() or ["it said nothing"])[-1])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(cpu, wall, memory, output)


class MemoryWatch:
    """Samples the memory of a process and all below it; shared pages count once (PSS)."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def peak(self) -> float:
        """Stops sampling; the largest sum in MiB."""
        self._ended.set()
        self._thread.join()
        return self._peak / 2**20

    def _watch(self) -> None:
        try:
            root = psutil.Process(self._pid)
        except psutil.NoSuchProcess:
            return
        while not self._ended.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, sum(map(_memory, _tree(root))))


class PostgresClock:
    """The CPU of a PostgreSQL server: its postmaster, the processes that it waited for, and the live ones."""

    def __init__(self, data_directory: Path) -> None:
        self._postmaster = psutil.Process(int((data_directory / "postmaster.pid").read_text().split()[0]))
        self._begin = self.total()

    def total(self) -> float:
        """Seconds since the server started."""
        times = self._postmaster.cpu_times()
        ended = times.user + times.system + times.children_user + times.children_system
        return float(ended) + sum(map(_seconds, self._postmaster.children()))

    def since(self) -> float:
        """Seconds since this clock was made."""
        return self.total() - self._begin


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
