"""Findings as text for a model: grouped by rule, each group complete in itself, source text framed."""

from collections import Counter
from itertools import groupby
from typing import Any

from ankus_code_graph.suspicious.compiled import CompiledRule
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.kept import Kept
from ankus_code_graph.suspicious.packs import packs
from ankus_code_graph.suspicious.rule import SEVERITIES, Rule
from ankus_code_graph.suspicious.scan import scan_source
from ankus_code_graph.suspicious.triage import HIDDEN, Note
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame

MOST_LIMITS = 8
"""Sentences of what was not looked at that one answer holds."""


def page_of(
    kept: Kept, shown: list[Finding], hidden: int, notes: dict[str, Note], limit: int, offset: int
) -> Answer:
    """A page of a result.

    Args:
        shown: The findings that are not left out.
        hidden: How many are, for what was judged of them.
    """
    page = shown[offset : offset + limit]
    parts = [_head(kept, shown, hidden, offset, len(page))]
    rules = {rule.id: rule for rule in kept.audit.rules}
    for name, group in groupby(page, lambda finding: finding.rule):
        parts.append(_group(rules[name], list(group), notes))
    parts += _limits(kept)
    severities = Counter(finding.severity for finding in shown)
    structured: dict[str, Any] = {
        "result": kept.name,
        "graph": kept.graph,
        "total": len(shown),
        "offset": offset,
        "count": len(page),
        "judged_and_left_out": hidden,
        "files": kept.audit.scanned.files,
        "by_severity": {name: severities[name] for name in SEVERITIES if severities[name]},
        "by_rule": dict(Counter(finding.rule for finding in shown).most_common(20)),
        "skipped_rules": kept.audit.skipped_rules,
    }
    return Answer("\n\n".join(parts), structured)


def _head(kept: Kept, shown: list[Finding], hidden: int, offset: int, count: int) -> str:
    audit = kept.audit
    told = f"{len(shown)} findings of {len(audit.rules)} rules in {audit.scanned.files} files of {kept.graph}"
    if count:
        told += f"; here {offset + 1} to {offset + count}"
    told += "."
    if hidden:
        told += f" {hidden} more are left out: judged {' or '.join(HIDDEN)} (show_judged=true shows them)."
    if offset + count < len(shown):
        told += f' Go on with result="{kept.name}", offset={offset + count}.'
    return told


def _group(rule: Rule, found: list[Finding], notes: dict[str, Note]) -> str:
    lines = "\n".join(_line(finding, notes) for finding in found)
    return f"[{rule.severity}] {rule.id}: {rule.title}\nWhy: {rule.why}\nMend: {rule.fix}\n" + frame(
        lines, f"findings of {rule.id}"
    )


def _line(finding: Finding, notes: dict[str, Note]) -> str:
    """fingerprint file:line function: text (what the conditions saw)."""
    more = [finding.detail] if finding.detail else []
    more += [f"line {one.line} {one.what}" for one in finding.related]
    if (note := notes.get(finding.fingerprint)) is not None:
        more.append(f"judged {note.verdict}: {note.note}")
    function = f" {finding.function}()" if finding.function else ""
    said = f" -- {'; '.join(more)}" if more else ""
    return f"{finding.fingerprint} {finding.path}:{finding.line}{function}: {finding.text}{said}"


def _limits(kept: Kept) -> list[str]:
    said = kept.audit.limits
    if len(said) > MOST_LIMITS:
        said = [*said[:MOST_LIMITS], f"and {len(said) - MOST_LIMITS} more of these."]
    return ["\n".join(said)] if said else []


def rules_text(pack: str) -> Answer:
    """All rules, or those of one pack, a line each."""
    chosen = [one for one in packs() if pack in ("", one.name)]
    parts = [
        f"{one.name}: {one.title}\n"
        + "\n".join(f"  {rule.id} [{rule.severity}] {rule.title}" for rule in one.rules)
        for one in chosen
    ]
    counts = {one.name: len(one.rules) for one in chosen}
    return Answer("\n".join(parts), {"packs": counts, "rules": sum(counts.values())})


def trial(compiled: CompiledRule, code: str) -> Answer:
    """What a rule finds in a piece of code."""
    scanned = scan_source("code.c", code.encode("utf-8", "replace"), [compiled])
    later = [
        one.kind
        for one in compiled.rule.conditions
        if one.kind in ("usually_used", "reaches", "reached_from_sql")
    ]
    found = "\n".join(_line(finding, {}) for finding in scanned.findings)
    text = f"The rule {compiled.rule.id} is valid. It finds {len(scanned.findings)} places in the code."
    if later:
        text += f" Not decided here, since it needs the whole tree or the graph: {', '.join(later)}."
    if scanned.unclear:
        text += " A function could not be decided: the parser did not understand all of it."
    text += f"\n{frame(found, 'code')}" if found else ""
    return Answer(text, {"valid": True, "lines": sorted({finding.line for finding in scanned.findings})})
