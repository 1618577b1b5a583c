"""Which models a question is asked of, by rules of the profile: the first that applies decides.

A cheap model first is right for most questions; where a person knows which are too hard for it, a rule saves
the failed attempt (Ong et al., "RouteLLM", 2024): a cascade judges what was written, a route what is asked.
"""

import re
from collections.abc import Collection, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ankus_runner.errors import ConfigError

_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


class Route(BaseModel):
    """A rule: what must be true of a question, and which models are then asked, in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = Field(min_length=1)
    """Names of the file of --models."""
    matches: str = ""
    """A regular expression that the question must hold somewhere; case does not matter."""
    longer_than: int = Field(0, ge=0)
    """Characters that the question must exceed."""
    language: Literal["", "ru", "en"] = ""
    """Russian is what holds a Cyrillic letter."""

    @field_validator("matches")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"'{pattern}' is no regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _says_when(self) -> "Route":
        if not (self.matches or self.longer_than or self.language):
            raise ValueError("a route needs matches, longer_than or language")
        return self

    def why(self, question: str) -> str:
        """Why the rule applies to a question, "" where it does not."""
        russian = _CYRILLIC.search(question) is not None
        if self.matches and not re.search(self.matches, question, re.IGNORECASE):
            return ""
        if len(question) <= self.longer_than or (self.language and russian != (self.language == "ru")):
            return ""
        said = [f"it matches '{self.matches}'"] if self.matches else []
        said += [f"it has more than {self.longer_than} characters"] if self.longer_than else []
        said += [f"its language is '{self.language}'"] if self.language else []
        return " and ".join(said)


def routed(routes: Sequence[Route], question: str) -> tuple[tuple[str, ...], str]:
    """The models that a question is asked of, with the reason; none where no rule applies."""
    for route in routes:
        if reason := route.why(question):
            return route.models, reason
    return (), ""


def check_routes(routes: Sequence[Route], known: Collection[str]) -> None:
    """Refuse rules that lead nowhere.

    Raises:
        ConfigError: A rule names a model that is not there, or one twice.
    """
    for route in routes:
        for name in route.models:
            if name not in known or route.models.count(name) > 1:
                raise ConfigError(
                    f"A route of the profile leads to '{name}', which is none of the models or stands twice.",
                    hint=f"There are: {', '.join(sorted(known))}. Name their file with --models.",
                    code="unknown_fallback",
                )
