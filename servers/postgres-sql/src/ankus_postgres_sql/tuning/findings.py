"""A finding: what is wrong, the figures that show it, what it means, and what a person may run."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, LiteralString

from ankus_postgres_sql.schema import quoted

Severity = Literal["critical", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "note")
NO_JIT: LiteralString = "SET LOCAL jit = off"
"""Estimates for catalog views are so high that PostgreSQL would compile, which takes longer than they do."""
SHOWN = 40
"""Findings that are written out at most; the rest is counted."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found, on `subject`."""

    check: str
    """What kind of thing it is, in snake_case; stable."""
    severity: Severity
    subject: str
    evidence: str
    meaning: str
    next_step: str


@dataclass(frozen=True)
class Unchecked:
    """A check that could not be made, why, and what would enable it."""

    check: str
    why: str
    remedy: str


def report(findings: list[Finding], unchecked: list[Unchecked], healthy: str) -> tuple[str, dict[str, Any]]:
    """Findings, worst first, as text and as the structured part.

    Args:
        healthy: The first line where nothing was found.
    """
    ordered = sorted(findings, key=lambda found: SEVERITIES.index(found.severity))
    parts = [_headline(ordered) if ordered else healthy, *map(_text, ordered[:SHOWN])]
    if len(ordered) > SHOWN:
        parts.append(f"{len(ordered) - SHOWN} more are not shown: ask for one area.")
    parts += [f"not checked: {item.check}: {item.why}\n  to enable: {item.remedy}" for item in unchecked]
    structured = {
        "findings": [
            {"check": found.check, "severity": found.severity, "subject": found.subject}
            for found in ordered[:SHOWN]
        ],
        "count": len(ordered),
        "not_checked": [item.check for item in unchecked],
    }
    return "\n".join(parts), structured


def name(*parts: str) -> str:
    """A qualified name as it is written in SQL."""
    return ".".join(quoted(part) for part in parts)


def size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit in ("bytes", "kB") else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """A length of time in its largest fitting unit."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds" if seconds >= 10 else f"{seconds:.1f} seconds"


def number(value: float) -> str:
    """A count with separators."""
    return f"{value:,.0f}"


def line(text: str, length: int = 300) -> str:
    """A text on one line, cut with a sign at `length` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def _headline(findings: list[Finding]) -> str:
    counts = Counter(found.severity for found in findings)
    words = [
        f"{counts[severity]} {severity}{'s' if counts[severity] > 1 and severity != 'critical' else ''}"
        for severity in SEVERITIES
        if counts[severity]
    ]
    return ", ".join(words) + ":"


def _text(found: Finding) -> str:
    return (
        f"[{found.severity}] {found.check}: {line(found.subject)}\n"
        f"  evidence: {line(found.evidence, 600)}\n  means: {found.meaning}\n  next: {found.next_step}"
    )
