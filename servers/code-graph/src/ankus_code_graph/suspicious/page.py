"""Findings as one HTML page without anything from outside: grouped by rule, with filters."""

from html import escape
from importlib import resources
from itertools import groupby

from ankus_code_graph.suspicious.audit import Audit
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.rule import SEVERITIES, Rule
from ankus_code_graph.suspicious.triage import Note


def to_html(audit: Audit, title: str, notes: dict[str, Note]) -> str:
    """The page; all text from the source is escaped."""
    rules = {rule.id: rule for rule in audit.rules}
    groups = [(rules[name], list(group)) for name, group in groupby(audit.findings, lambda one: one.rule)]
    template = resources.files("ankus_code_graph").joinpath("suspicious", "page.html").read_text("utf-8")
    return template.format(
        title=escape(title),
        counts=_counts(audit),
        limits="".join(f"<li>{escape(text)}</li>" for text in audit.limits),
        options="".join(f"<option>{escape(rule.id)}</option>" for rule, _ in groups),
        sections="".join(_section(rule, found, notes) for rule, found in groups),
    )


def _counts(audit: Audit) -> str:
    counted = [(name, sum(one.severity == name for one in audit.findings)) for name in SEVERITIES]
    parts = [f"{number} {name}{'s' if number != 1 else ''}" for name, number in counted]
    parts += [f"{len(audit.rules)} rules", f"{audit.scanned.files} files"]
    return "".join(f"<span>{part}</span>" for part in parts)


def _section(rule: Rule, found: list[Finding], notes: dict[str, Note]) -> str:
    items = "".join(_item(finding, notes) for finding in found)
    references = f" ({escape('; '.join(rule.references))})" if rule.references else ""
    return (
        f'<section data-rule="{escape(rule.id)}" data-severity="{rule.severity}">'
        f'<h2><span class="badge {rule.severity}">{rule.severity}</span> {escape(rule.title)}'
        f" <small>{escape(rule.id)}, {len(found)}</small></h2>"
        f'<p class="why">{escape(rule.why)} {escape(rule.fix)}{references}</p><ul>{items}</ul></section>'
    )


def _item(finding: Finding, notes: dict[str, Note]) -> str:
    more = [finding.detail] if finding.detail else []
    more += [f"line {one.line}: {one.what}" for one in finding.related]
    if (note := notes.get(finding.fingerprint)) is not None:
        more.append(f"{note.verdict}: {note.note}")
    function = f" in {escape(finding.function)}" if finding.function else ""
    return (
        f'<li><span class="place">{escape(finding.path)}:{finding.line}</span>{function}'
        f'<pre>{escape(finding.text)}</pre><span class="more">{escape("; ".join(more))}</span></li>'
    )
