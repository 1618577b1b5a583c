"""Findings as SARIF 2.1.0, which code hosts and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import re
from collections.abc import Iterable
from importlib import metadata
from typing import Any
from urllib.parse import quote

from ankus_code_graph.suspicious.audit import Audit
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.rule import Rule
from ankus_code_graph.suspicious.triage import HIDDEN, Note

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SCORE = {"error": "7.5", "warning": "5.0", "note": "2.0"}
_CWE = re.compile(r"CWE-\d+")


def to_sarif(audit: Audit, notes: dict[str, Note]) -> dict[str, Any]:
    """One run: its rules, its results with stable fingerprints, what was judged, and what was not read."""
    places = {rule.id: number for number, rule in enumerate(audit.rules)}
    driver = {
        "name": "ankus-code-graph",
        "version": metadata.version("ankus-code-graph"),
        "semanticVersion": metadata.version("ankus-code-graph"),
        "rules": [_rule(rule) for rule in audit.rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"uri": f"file://{quote(audit.root.resolve().as_posix())}/"}},
        "results": [_result(finding, places, notes) for finding in audit.findings],
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": list(_notices(audit))}],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\n{rule.fix}\n\n{'; '.join(rule.references)}".strip()},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {
            "tags": [
                rule.dialect,
                *(f"external/cwe/{cwe.lower()}" for cwe in _CWE.findall(str(rule.references))),
            ],
            "security-severity": _SCORE[rule.severity],
        },
    }


def _result(finding: Finding, places: dict[str, int], notes: dict[str, Note]) -> dict[str, Any]:
    message = finding.text if not finding.detail else f"{finding.text} ({finding.detail})"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": finding.severity,
        "message": {"text": message},
        "locations": [_location(finding, finding.line, finding.end_line, finding.column)],
        "partialFingerprints": {"ankus/v1": finding.fingerprint},
    }
    if finding.function:
        result["locations"][0]["logicalLocations"] = [{"name": finding.function, "kind": "function"}]
    if finding.related:
        result["relatedLocations"] = [
            {"id": i, "message": {"text": one.what}, **_location(finding, one.line, one.line)}
            for i, one in enumerate(finding.related, 1)
        ]
    note = notes.get(finding.fingerprint)
    if note is not None and note.verdict in HIDDEN:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": note.note}]
    return result


def _location(finding: Finding, line: int, end: int, column: int = 1) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(finding.path), "uriBaseId": "SRCROOT"},
            "region": {"startLine": line, "startColumn": column, "endLine": end},
        }
    }


def _notices(audit: Audit) -> Iterable[dict[str, Any]]:
    for text in audit.limits:
        yield {"level": "note", "message": {"text": text}}
