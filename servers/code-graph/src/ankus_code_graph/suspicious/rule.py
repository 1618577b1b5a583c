"""A rule as data: what a rule pack holds, and what a model may write.

Queries are tree-sitter's, over the grammar of C. A rule's query names the place with `@hit`; the query of
`inside` names the surrounding node with `@scope`; those of `contains` and of paths name what they look for
with `@found`. A capture that a condition's query shares with the rule's query must have the same text.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
Text = Annotated[str, Field(min_length=1, max_length=600)]
QueryText = Annotated[str, Field(min_length=3, max_length=4000, description="A tree-sitter query over C")]
Capture = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="A capture's name without @")]
Depth = Annotated[int, Field(ge=1, le=8, description="Calls that a way through the graph may have")]
Names = Annotated[list[str], Field(min_length=1, max_length=60, description="Names of functions")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Inside(_Part):
    """A node around the hit matches, or none does."""

    kind: Literal["inside", "not_inside"]
    query: QueryText
    stop: Annotated[str, Field(max_length=4000, description="Query of @scope nodes that are not passed")] = ""


class Contains(_Part):
    """Something inside a capture matches, or nothing does."""

    kind: Literal["contains", "not_contains"]
    query: QueryText
    capture: Annotated[str, Field(description="Where to look: a capture, function or file")] = "hit"


class Path(_Part):
    """Control may get from the hit to a match (followed_by), or to a return without one (not_followed_by).

    A way ends at a match of `unless`, at a call that does not return, and where `variable` is known to be
    NULL, invalid or negative.
    """

    kind: Literal["followed_by", "not_followed_by"]
    query: QueryText
    unless: Annotated[str, Field(max_length=4000, description="Query of what ends a way harmlessly")] = ""
    variable: Annotated[str, Field(description="Capture of the variable that holds the result")] = ""
    report: Annotated[bool, Field(description="Report the match instead of the hit")] = False


class Preceded(_Part):
    """A match stands before the hit in the text of its function, or none does."""

    kind: Literal["preceded_by", "not_preceded_by"]
    query: QueryText


class TypeOf(_Part):
    """The declared type of a captured variable, such as `const char *` or `char [64]`.

    A variable whose declaration is not in the file never satisfies it. `{name}` in a pattern stands for the
    text of that capture.
    """

    kind: Literal["type_of"]
    capture: Capture
    matches: Annotated[str, Field(max_length=300, description="Regular expression that it matches")] = ""
    not_matches: Annotated[str, Field(max_length=300, description="One that it must not match")] = ""


class Declared(_Part):
    """The captured variable is automatic and declared inside or outside of another capture, or is global."""

    kind: Literal["declared_inside", "declared_outside", "declared_global"]
    capture: Capture
    of: Annotated[str, Field(description="A capture or function; nothing for declared_global")] = ""


class Format(_Part):
    """An argument of the captured call does not fit the conversion of its format string."""

    kind: Literal["format_mismatch"]
    capture: Capture = "hit"


class Ends(_Part):
    """Control may pass the end of the captured body; of a `case`, into the next, and no comment says so."""

    kind: Literal["reaches_end", "falls_through"]
    capture: Capture = "hit"


class SameLine(_Part):
    """The hit begins on the line that the capture ends on."""

    kind: Literal["same_line"]
    capture: Capture


class UsuallyUsed(_Part):
    """Most calls of the captured function in the files read use its result."""

    kind: Literal["usually_used"]
    capture: Capture
    share: Annotated[float, Field(ge=0.5, le=1.0)] = 0.95
    least: Annotated[int, Field(ge=3, le=10000, description="Calls that must use it")] = 10


class Reaches(_Part):
    """By the code graph, the captured function calls one of these, directly or through others."""

    kind: Literal["reaches"]
    capture: Capture
    any_of: Names
    through: Annotated[list[str], Field(max_length=60, description="Functions that no way may pass")] = []
    depth: Depth = 2


class ReachedFrom(_Part):
    """By the code graph, the function around the hit is called from SQL, directly or through others."""

    kind: Literal["reached_from_sql"]
    depth: Depth = 3


Condition = (
    Inside
    | Contains
    | Preceded
    | Path
    | TypeOf
    | Declared
    | Format
    | Ends
    | SameLine
    | UsuallyUsed
    | Reaches
    | ReachedFrom
)
GraphCondition = Reaches | ReachedFrom


class Rule(_Part):
    """One criterion: what to look for in C code, why it matters and what to do about it."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{2,59}$", description="Words joined by -")]
    title: Text
    severity: Severity
    dialect: Annotated[Literal["c", "postgres"], Field(description="Where it holds")] = "c"
    why: Text
    fix: Text
    references: Annotated[list[Text], Field(max_length=8)] = []
    queries: Annotated[list[QueryText], Field(min_length=1, max_length=12)]
    conditions: Annotated[list[Condition], Field(max_length=12)] = []

    @property
    def graph_conditions(self) -> list[GraphCondition]:
        """Those that need a code graph."""
        return [one for one in self.conditions if isinstance(one, Reaches | ReachedFrom)]
