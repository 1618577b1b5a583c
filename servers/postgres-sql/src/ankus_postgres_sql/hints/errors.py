"""What can go wrong with hints; codes are stable.

AnkusError
├── HintSyntax        hint_syntax: the text is no set of hints
├── NotExpressible    hint_not_expressible: one language cannot say it
├── HintRefused       hint_refused: the hints cannot be tried on this statement
└── HintsElsewhere    hint_in_statement: the statement carries a hint comment itself
"""

from ankus_shared.errors import AnkusError


class HintSyntax(AnkusError):
    """Raised when a text is no set of hints."""

    code = "hint_syntax"


class NotExpressible(AnkusError):
    """Raised when a language has no words for a hint."""

    code = "hint_not_expressible"


class HintRefused(AnkusError):
    """Raised when hints cannot be tried: a parameter that is no planner's, names that are not there."""

    code = "hint_refused"


class HintsElsewhere(AnkusError):
    """Raised when a statement has a hint comment and hints are given as well."""

    code = "hint_in_statement"
