"""What the next step may be, before it is written in any engine's dialect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ankus_runner.errors import ConfigError, RunnerError

MOST_CHARS = 1500
"""The largest limit a grammar may count to: llama.cpp refuses a grammar that repeats something 2000 times."""


class NothingAllowed(RunnerError):
    """Raised when a step could be neither a call nor a final answer."""

    code = "nothing_allowed"


class Offered(Protocol):
    """The part of a tool that a grammar needs.

    Its full name, its arguments in the grammar's subset, and the name of the required string among them
    that may be written raw in a fence, "" where there is none.
    """

    @property
    def name(self) -> str: ...

    @property
    def schema(self) -> Mapping[str, Any]: ...

    @property
    def raw(self) -> str: ...


@dataclass(frozen=True)
class StepGrammar:
    """The policy of one step: a tool that is not listed cannot be written, let alone called.

    Args:
        tools: The tools that may be called now, in the catalogue's order; none means no call.
        final: Whether the run may end with this step.
        thought_chars: Longest thought in characters, at most 1500; None for a step without a thought.
        final_chars: Longest final answer in characters, blanks aside, at most 1500; None for no limit.
        openings: Texts with one of which the final answer begins, such as `[2] `, before text of its own;
            none where it may begin with anything.
        string_chars: Longest string in a call's arguments, blanks aside, at most 1500; None for no limit,
            because a value that a grammar cuts short is still called with, and may mean something else.

    The JSON dialect knows neither lengths nor openings.

    Raises:
        NothingAllowed: There is no tool, and `final` is not allowed either.
        ConfigError: A limit is not between 1 and 1500.
    """

    tools: Sequence[Offered] = ()
    final: bool = True
    thought_chars: int | None = 240
    final_chars: int | None = None
    openings: tuple[str, ...] = ()
    string_chars: int | None = None

    def __post_init__(self) -> None:
        if not self.tools and not self.final:
            raise NothingAllowed("The step may neither call a tool nor end the run.", hint="Stop the run.")
        for name in ("thought_chars", "final_chars", "string_chars"):
            limit = getattr(self, name)
            if limit is not None and not 1 <= limit <= MOST_CHARS:
                raise ConfigError(f"{name} is {limit}; it must be between 1 and {MOST_CHARS}.")
