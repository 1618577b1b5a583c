"""How many threads a model may use: the physical cores that this process really has.

llama.cpp's threads meet at spin barriers many times a token, so that one thread more than there are
cores costs more than it brings: a sibling hyper-thread or a core outside of the quota makes all wait.
"""

import os
from pathlib import Path

_TOPOLOGY = "devices/system/cpu/cpu{}/topology/thread_siblings_list"


def physical_cores(sys_dir: Path = Path("/sys")) -> int:
    """Physical cores that this process may use, by affinity, topology and control group; at least 1."""
    if not hasattr(os, "sched_getaffinity"):
        return max(1, (os.cpu_count() or 2) // 2)  # no topology to read: assume two threads a core
    cores = {_siblings(cpu, sys_dir) for cpu in os.sched_getaffinity(0)}
    quota = _quota(sys_dir / "fs/cgroup")
    return max(1, min(len(cores), quota or len(cores)))


def _siblings(cpu: int, sys_dir: Path) -> str:
    """Name the physical core of a logical one; the logical one itself where the kernel does not tell."""
    try:
        return (sys_dir / _TOPOLOGY.format(cpu)).read_text(encoding="ascii").strip()
    except OSError:
        return str(cpu)


def _quota(cgroup: Path) -> int | None:
    """Whole CPUs of the control group's quota, or None (cgroup v2 `cpu.max`, v1 `cpu.cfs_quota_us`)."""
    try:
        quota, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
    except OSError:
        return _quota_v1(cgroup / "cpu")
    return None if quota == "max" else max(1, int(quota) // int(period))


def _quota_v1(cgroup: Path) -> int | None:
    try:
        quota = int((cgroup / "cpu.cfs_quota_us").read_text(encoding="ascii"))
        period = int((cgroup / "cpu.cfs_period_us").read_text(encoding="ascii"))
    except OSError:
        return None
    return None if quota <= 0 else max(1, quota // period)
