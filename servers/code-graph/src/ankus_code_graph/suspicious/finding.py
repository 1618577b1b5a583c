"""One finding, and the fingerprint by which it is known again when lines move."""

import hashlib
from dataclasses import dataclass, replace

from ankus_code_graph.suspicious.rule import Severity


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that belongs to a finding."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found.

    Args:
        path: The file, relative to the root of the tree.
        line: Its line, from 1; `column` from 1 too, in characters.
        function: The function around it, "" outside of any.
        text: The first line of the hit as it stands, without white space around.
        callee: The called function that a graph condition or `usually_used` asks about.
        detail: What the conditions saw, such as the declared type of a variable.
        related: Other places, such as the return that is reached.
    """

    rule: str
    severity: Severity
    path: str
    line: int
    column: int
    end_line: int
    function: str
    text: str
    callee: str = ""
    detail: str = ""
    related: tuple[Related, ...] = ()
    fingerprint: str = ""


def with_fingerprints(findings: list[Finding]) -> list[Finding]:
    """The findings of one file, each with its fingerprint: rule, file, function and text, and which of these.

    Lines don't count, and neither does white space.
    """
    seen: dict[tuple[str, ...], int] = {}
    marked = []
    for finding in sorted(findings, key=lambda one: (one.line, one.column, one.rule)):
        key = (finding.rule, finding.path, finding.function, "".join(finding.text.split()))
        seen[key] = seen.get(key, 0) + 1
        identity = "\0".join([*key, str(seen[key])]).encode("utf-8", "surrogateescape")
        marked.append(replace(finding, fingerprint=hashlib.blake2b(identity, digest_size=8).hexdigest()))
    return marked
