"""What can go wrong with rules and findings; codes are stable.

AnkusError
├── BadRule          bad_rule: a rule, a pack or one of its queries is wrong; the message has the position
├── UnknownRule      unknown_rule: no rule or pack of that name
└── UnknownFinding   unknown_finding: no result or finding of that name (any more)
"""

from ankus_shared.errors import AnkusError


class BadRule(AnkusError):
    """Raised when a rule cannot be used; the message names the part and the position in it."""

    code = "bad_rule"


class UnknownRule(AnkusError):
    """Raised when a rule is asked for that no pack has; the hint names the nearest."""

    code = "unknown_rule"


class UnknownFinding(AnkusError):
    """Raised when a kept result or a finding is asked for that is not there."""

    code = "unknown_finding"
