"""What the plans of one question have brought so far, and the plan that is next."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ankus_runner.catalogue import Tool
from ankus_runner.constraint import Call, Plan
from ankus_runner.referring import Answered


@dataclass
class Progress:
    """What has come of the plans of one question so far."""

    answered: dict[str, Answered] = field(default_factory=dict)
    """By step, of those that succeeded."""
    calls: dict[str, Call] = field(default_factory=dict)
    """The same steps' calls as they were made."""
    tools: dict[str, Tool] = field(default_factory=dict)
    """The same steps' tools."""
    wrong: list[str] = field(default_factory=list)
    """What went wrong with the newest plan, for the next."""
    next: int = 1
    """The number of the next plan's first step."""

    def same_as(self, call: Call) -> str:
        """The name of the step that made this very call and succeeded, "" where there is none."""
        return next((name for name, made in self.calls.items() if made == call), "")

    def land(self, name: str, tool: Tool, call: Call, answered: Answered) -> None:
        """Note a step that succeeded."""
        self.answered[name], self.calls[name], self.tools[name] = answered, call, tool


@dataclass(frozen=True)
class Planned:
    """A plan that may be carried out, and its tools by name."""

    plan: Plan
    tools: Mapping[str, Tool] = field(default_factory=dict)
