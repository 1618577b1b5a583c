"""A whole tree in processes: files in batches, progress after each, cancelled at once."""

import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import anyio
from anyio import to_process, to_thread

from ankus_code_graph.errors import BadSource
from ankus_code_graph.suspicious import rule as rules
from ankus_code_graph.suspicious.compiled import compile_rule
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.rule import SEVERITIES, Rule
from ankus_code_graph.suspicious.scan import RULES, Counts, Scanned, scan_batch

SUFFIXES = (".c", ".h")
BATCH = 8
"""Files of one batch: a second of work or less."""
BATCH_SECONDS = 600.0
"""How long a batch may take, from when its process begins: a query may be slow beyond measure."""
Progress = Callable[[int, int], Awaitable[None]]
"""Called with (files done, files in all)."""
GraphFilter = Callable[[Rule, list[Finding]], Awaitable[list[Finding]]]
"""Keeps the findings of one rule for which its graph conditions hold."""


@dataclass
class Audit:
    """The outcome of rules over a tree.

    Args:
        rules: Those that ran.
        skipped_rules: Ids of those that did not, since they ask a graph and none was given.
        scanned: What was found, and what was not read.
    """

    root: Path
    rules: list[Rule]
    skipped_rules: list[str] = field(default_factory=list)
    scanned: Scanned = field(default_factory=Scanned)

    @property
    def findings(self) -> list[Finding]:
        """What was found, the most severe first, then by rule, file and line."""
        return self.scanned.findings

    @property
    def limits(self) -> list[str]:
        """What was not looked at, in sentences."""
        said = [f"Not read: {skipped}." for skipped in self.scanned.skipped]
        if self.skipped_rules:
            said.append(f"Rules that need a code graph were skipped: {', '.join(self.skipped_rules)}.")
        if self.scanned.unclear:
            counts = ", ".join(f"{rule} {number}" for rule, number in sorted(self.scanned.unclear.items()))
            said.append(f"Hits not decided, since the parser or the search of paths gave up: {counts}.")
        return said


async def audit(
    root: Path,
    path: str,
    chosen: Sequence[Rule],
    progress: Progress | None = None,
    graph: GraphFilter | None = None,
    workers: int = 0,
) -> Audit:
    """Run rules over the C files of a tree, or of a part of it.

    Args:
        root: The root of the tree.
        path: A file or folder below it, "" for all.
        graph: What decides graph conditions; rules that need it are skipped without.
        workers: Processes; 0 for as many as there are processors.

    Raises:
        BadSource: If the path is not there, leaves the root or holds no C.
        BadRule: If a rule is wrong.
    """
    running = [rule for rule in chosen if graph is not None or not rule.graph_conditions]
    for rule in running:
        compile_rule(rule)
    paths = await to_thread.run_sync(list_files, root, path)
    outcome = Audit(root, running, [rule.id for rule in chosen if rule not in running])
    outcome.scanned = await _scan_all(root, paths, RULES.dump_json(running), progress, workers)
    found = _usually_used(running, outcome.scanned.findings, outcome.scanned.counts)
    if graph is not None:
        found = await _asked(running, found, graph)
    outcome.scanned.findings = sorted(found, key=_order)
    return outcome


def list_files(root: Path, path: str = "") -> list[str]:
    """C files at or below a path, relative to the root; links are not followed.

    Raises:
        BadSource: If there is none, or the path leaves the root.
    """
    start = (root / path).resolve()
    if not start.is_relative_to(root.resolve()) or not start.exists():
        raise BadSource(f"There is no {path or root} in the tree.", hint="Give a path relative to its root.")
    if start.is_file():
        return [start.relative_to(root.resolve()).as_posix()]
    found = [
        (Path(folder) / name).relative_to(root.resolve()).as_posix()
        for folder, _, names in os.walk(start)
        for name in names
        if name.endswith(SUFFIXES) and not (Path(folder) / name).is_symlink()
    ]
    if not found:
        raise BadSource(f"{path or root} holds no C file.", hint="Give a folder with .c or .h files.")
    return sorted(found)


async def _scan_all(
    root: Path, paths: list[str], rules_json: bytes, progress: Progress | None, workers: int
) -> Scanned:
    batches = [paths[i : i + BATCH] for i in range(0, len(paths), BATCH)]
    found, number = Scanned(), workers or os.cpu_count() or 1
    done, limiter = 0, anyio.CapacityLimiter(number)

    async def one(batch: list[str]) -> None:
        nonlocal done
        async with limiter:
            found.add(await _in_process(root, batch, rules_json))
        done += len(batch)
        if progress is not None:
            await progress(done, len(paths))

    async with anyio.create_task_group() as group:
        for batch in batches:
            group.start_soon(one, batch)
    return found


async def _in_process(root: Path, batch: list[str], rules_json: bytes) -> Scanned:
    """One batch in a process, which is killed when the call is cancelled or takes too long."""
    work = partial(scan_batch, str(root), batch, rules_json)
    with anyio.move_on_after(BATCH_SECONDS):
        return await to_process.run_sync(work, cancellable=True, limiter=anyio.CapacityLimiter(1))
    return Scanned(skipped=[f"{path}: stopped after {BATCH_SECONDS:.0f} s with its batch" for path in batch])


def _usually_used(running: Iterable[Rule], findings: list[Finding], counts: Counts) -> list[Finding]:
    """The findings without those whose callee's result is often not used."""
    asked = {
        rule.id: condition
        for rule in running
        for condition in rule.conditions
        if isinstance(condition, rules.UsuallyUsed)
    }
    kept = []
    for finding in findings:
        condition = asked.get(finding.rule)
        used, unused = counts.get(finding.callee, (0, 0))
        if condition is None:
            kept.append(finding)
        elif used >= condition.least and used >= condition.share * (used + unused):
            kept.append(
                replace(finding, detail=f"{used} of {used + unused} calls use what {finding.callee} returns")
            )
    return kept


async def _asked(running: Iterable[Rule], findings: list[Finding], graph: GraphFilter) -> list[Finding]:
    asking = {rule.id: rule for rule in running if rule.graph_conditions}
    kept = [finding for finding in findings if finding.rule not in asking]
    for name, rule in asking.items():
        kept += await graph(rule, [finding for finding in findings if finding.rule == name])
    return kept


def _order(finding: Finding) -> tuple[int, str, str, int, int]:
    return SEVERITIES.index(finding.severity), finding.rule, finding.path, finding.line, finding.column
