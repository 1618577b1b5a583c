"""Results that can be paged, and findings that can be judged, for as long as they are remembered."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from ankus_code_graph.suspicious.audit import Audit
from ankus_code_graph.suspicious.errors import UnknownFinding
from ankus_code_graph.suspicious.finding import Finding

MOST_KEPT = 16
"""Results that are kept; the least recently used go first."""


@dataclass(frozen=True)
class Kept:
    """One result of find_suspicious, under a name that cannot be guessed."""

    name: str
    graph: str
    audit: Audit


@dataclass
class KeptAudits:
    """The results of one server."""

    _kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)

    def keep(self, graph: str, audit: Audit) -> Kept:
        """Keep a result under a new name."""
        kept = Kept(f"f{secrets.token_hex(4)}", graph, audit)
        self._kept[kept.name] = kept
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept

    def get(self, name: str) -> Kept:
        """A result by its name.

        Raises:
            UnknownFinding: If it is not there any more.
        """
        if name not in self._kept:
            raise UnknownFinding(
                f"There is no result {name[:40]!r}, or no longer.",
                hint="Call find_suspicious again without result.",
            )
        self._kept.move_to_end(name)
        return self._kept[name]

    def finding(self, fingerprint: str) -> tuple[str, Finding]:
        """The graph and the finding of a fingerprint, from the newest result that holds it.

        Raises:
            UnknownFinding: If no kept result has it.
        """
        for kept in reversed(self._kept.values()):
            for finding in kept.audit.findings:
                if finding.fingerprint == fingerprint:
                    return kept.graph, finding
        raise UnknownFinding(
            f"No kept result has a finding {fingerprint[:40]!r}.",
            hint="Call find_suspicious, and give the fingerprint that stands before the finding.",
        )
