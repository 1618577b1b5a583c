"""The command `ankus-code-graph audit`: rules over a tree, with reports for people, tools and pipelines.

from ankus_code_graph.suspicious.cli import audit_tree
app.command(name="audit")(audit_tree)
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import anyio
from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress

from ankus_code_graph.errors import BadSource
from ankus_code_graph.settings import ReadSettings
from ankus_code_graph.store.graphs import open_graphs
from ankus_code_graph.suspicious import audit as audits
from ankus_code_graph.suspicious.audit import Audit
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.graphs import GraphConditions
from ankus_code_graph.suspicious.packs import choose, read_pack
from ankus_code_graph.suspicious.page import to_html
from ankus_code_graph.suspicious.rule import SEVERITIES, Rule, Severity
from ankus_code_graph.suspicious.sarif import to_sarif
from ankus_code_graph.suspicious.triage import Note, read_notes, split
from ankus_shared.settings import FLAT, option


@dataclass(frozen=True, kw_only=True)
class AuditSettings(ReadSettings):
    """How the command `audit` runs rules."""

    graph: Annotated[str, Parameter()] = ""
    """Graph whose tree is read: its notes count, and rules that ask the graph run."""

    rules: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    """Id of a rule, or a pack; several times for several; all without."""

    rule_file: Annotated[Path | None, Parameter()] = None
    """A pack of your own in TOML, in the place of ours."""

    severity: Severity = "note"
    """Least severity of the rules that run."""

    sarif: Annotated[Path | None, Parameter()] = None
    """File to write SARIF 2.1.0 to."""

    html: Annotated[Path | None, Parameter()] = None
    """File to write a page for a browser to."""

    fail_on: Literal["never", "error", "warning", "note"] = "never"
    """Least severity of a finding that makes the exit status 3."""

    jobs: Annotated[int, option("ANKUS_AUDIT_JOBS", at_least=0, at_most=256)] = 0
    """Processes; 0 for one a core."""


DEFAULTS = AuditSettings()
FAILED = 3
"""Exit status where --fail-on found something."""


def audit_tree(path: Path | None = None, /, settings: Annotated[AuditSettings, FLAT] = DEFAULTS) -> int:
    """Look for suspicious code in PATH, or in the tree of a graph (PATH is then below its root)."""
    audit, notes = anyio.run(_run, path, settings)
    title = settings.graph or str(audit.root)
    if settings.sarif is not None:
        settings.sarif.write_text(json.dumps(to_sarif(audit, notes), indent=1), encoding="utf-8")
    shown, hidden = split(audit.findings, notes)
    audit.scanned.findings = shown
    if settings.html is not None:
        settings.html.write_text(to_html(audit, title, notes), encoding="utf-8")
    _print(audit, hidden)
    return FAILED if _fails(shown, settings.fail_on) else 0


async def _run(path: Path | None, settings: AuditSettings) -> tuple[Audit, dict[str, Note]]:
    chosen = _chosen(settings)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("audit", total=None)

        async def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if settings.graph:
            return await _of_graph(path, settings, chosen, progress)
        root, below = _divided(path)
        return await audits.audit(root, below, chosen, progress, workers=settings.jobs), {}


def _divided(path: Path | None) -> tuple[Path, str]:
    """The folder, and the file in it where only one is meant.

    Raises:
        BadSource: If no path was given.
    """
    if path is None:
        raise BadSource("There is nothing to audit.", hint="Give a path, or --graph NAME.")
    return (path.parent, path.name) if path.is_file() else (path, "")


async def _of_graph(
    path: Path | None, settings: AuditSettings, chosen: list[Rule], progress: audits.Progress
) -> tuple[Audit, dict[str, Note]]:
    async with open_graphs(settings) as graphs:
        async with graphs.reading(settings.graph) as (connection, graph):
            notes = await read_notes(connection, graph.name)

        async def by_graph(rule: Rule, findings: list[Finding]) -> list[Finding]:
            async with graphs.reading(graph.name) as (connection, _):
                return await GraphConditions(connection, graph.name).keep(rule, findings)

        below = "" if path is None else path.as_posix()
        audit = await audits.audit(graph.root, below, chosen, progress, by_graph, settings.jobs)
        return audit, notes


def _chosen(settings: AuditSettings) -> list[Rule]:
    if settings.rule_file is None:
        return choose(settings.rules, settings.severity)
    try:
        text = settings.rule_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSource(f"Cannot read {settings.rule_file}: {type(error).__name__}.") from error
    return list(read_pack(settings.rule_file.stem, text).rules)


def _print(audit: Audit, hidden: int) -> None:
    for finding in audit.findings:
        print(f"{finding.path}:{finding.line}: {finding.severity}: {finding.rule}: {finding.text}")
    counts = Counter(finding.severity for finding in audit.findings)
    parts = [f"{counts[name]} {name}" for name in SEVERITIES]
    read = f"{len(audit.rules)} rules, {audit.scanned.files} files"
    print(f"{', '.join(parts)}; {read}, {hidden} left out as judged.")
    for text in audit.limits:
        print(text)


def _fails(findings: list[Finding], least: str) -> bool:
    if least == "never":
        return False
    failing = SEVERITIES[: SEVERITIES.index(least) + 1]
    return any(finding.severity in failing for finding in findings)
