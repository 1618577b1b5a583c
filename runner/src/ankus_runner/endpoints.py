"""The file of `--models`: which models there are, in what order they are asked, and how one is judged.

fallback = ["small", "large"]        # the order; all of the file, as they stand there, by default
cascade = ["parse", "run"]           # what a step of a model must pass where another one follows

[[models]]
name = "small"
base_url = "http://127.0.0.1:8080/v1"
"""

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ankus_runner.errors import ConfigError
from ankus_runner.profile import Limits
from ankus_runner.resilience import BreakerLimits, Retries, Timeouts
from ankus_runner.stream import Usage
from ankus_runner.thinking import Thinking
from ankus_shared.settings import read_secret

_STRICT = ConfigDict(extra="forbid", frozen=True)

Check = Literal["parse", "plan", "run", "agree"]

OWN_FIELDS = frozenset(
    {"messages", "model", "stream", "stream_options", "max_tokens", "temperature"}
    | {"grammar", "response_format", "structured_outputs"}
)
"""Fields of a request that the runner decides on."""


class Price(BaseModel):
    """Of a million tokens, in whatever currency the limits are meant."""

    model_config = _STRICT

    input: float = Field(0.0, ge=0, lt=1e9)
    cached: float | None = Field(None, ge=0, lt=1e9)
    """Of prompt tokens that the server did not evaluate; as `input` by default."""
    output: float = Field(0.0, ge=0, lt=1e9)

    @property
    def free(self) -> bool:
        """Whether nothing is paid."""
        return not (self.input or self.cached or self.output)

    def cost(self, usage: Usage) -> float:
        """What these tokens cost."""
        cached = self.input if self.cached is None else self.cached
        fresh = usage.prompt - usage.cached
        return (fresh * self.input + usage.cached * cached + usage.completion * self.output) / 1_000_000


class ModelSpec(BaseModel):
    """One model behind one endpoint."""

    model_config = _STRICT

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")
    """By which `fallback`, `--model` and a profile name it."""
    base_url: str = Field(pattern=r"^https?://")
    model: str = ""
    """Its name at the server; "" where that has only one."""
    key_file: Path | None = None
    """Holds the key; a relative path starts at the folder of the models' file."""
    dialect: Literal["auto", "gbnf", "structural_tag", "json_schema", "none"] = "auto"
    unguarded: bool = False
    thinking: Thinking = "none"
    thinking_tokens: int | None = Field(None, ge=1)
    """The budget of `thinking = "budget"`."""
    context_tokens: int | None = Field(None, ge=512)
    price: Price = Price()
    prompt_cache: bool = True
    """Whether llama.cpp may keep the evaluated prompt; other servers decide for themselves."""
    fields: dict[str, Any] = Field(default_factory=dict)
    """Further fields of every request."""
    timeouts: Timeouts = Timeouts()
    retries: Retries = Retries()
    breaker: BreakerLimits = BreakerLimits()

    @model_validator(mode="after")
    def _consistent(self) -> "ModelSpec":
        if (self.thinking == "budget") != (self.thinking_tokens is not None):
            raise ValueError('thinking_tokens goes with thinking = "budget", and with nothing else')
        if "@" in urlsplit(self.base_url).netloc:
            raise ValueError("base_url must hold no password; put the key into a key_file")
        if owned := sorted(OWN_FIELDS & self.fields.keys()):
            raise ValueError(f"fields must not name {', '.join(owned)}, which the runner decides on")
        return self

    def key(self) -> str | None:
        """The key of its endpoint.

        Raises:
            SettingsError: The file cannot be read or is empty.
        """
        return read_secret(self.key_file, f"the key of the model '{self.name}'") if self.key_file else None


class Models(BaseModel):
    """Models in the order in which they are asked, and what one must pass where another follows."""

    model_config = _STRICT

    models: Annotated[tuple[ModelSpec, ...], Field(min_length=1)]
    fallback: tuple[str, ...] = ()
    cascade: tuple[Check, ...] = ()
    plan_tool: str = ""
    """Of the check `plan`: a tool `server__tool` that explains what a call with these arguments would do."""

    def chosen(self, order: Sequence[str] = (), first: str = "") -> "Models":
        """The models that will be asked, in their order.

        Args:
            order: Their names; those of `fallback` by default.
            first: The one that is asked before the others.

        Raises:
            ConfigError: A name is none of these models, or stands twice, or the cascade leads nowhere.
        """
        known = {spec.name: spec for spec in self.models}
        named = [*order] or [*self.fallback] or [spec.name for spec in self.models]
        if len(known) < len(self.models) or len(set(named)) < len(named):
            raise ConfigError("A model's name stands twice.", code="name_stands_twice")
        for name in (*named, *([first] if first else ())):
            if name not in known:
                raise _unknown(name, list(known))
        if first:
            named = [first, *(name for name in named if name != first)]
        if self.cascade and len(named) < 2:
            raise _contradiction("A cascade needs a second model to turn to.")
        if ("plan" in self.cascade) != bool(self.plan_tool):
            raise _contradiction("The check 'plan' and 'plan_tool' go together.")
        return self.model_copy(update={"models": tuple(known[name] for name in named), "fallback": ()})


def single(base_url: str, model: str = "", name: str = "", **settings: Any) -> ModelSpec:
    """The only model: that of --base-url, or the embedded one, which has a name but needs none.

    Raises:
        ConfigError: The address is none.
    """
    try:
        named = re.sub(r"[^A-Za-z0-9._-]+", "-", name or model)[:40] or "default"
        return ModelSpec(name=named, base_url=base_url, model=model, **settings)
    except ValidationError as error:
        message = error.errors(include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"--base-url cannot be used: {message}.") from error


def read_price(text: str) -> Price:
    """A price as `input,cached,output`; nothing is paid by an empty text.

    Raises:
        ConfigError: It is something else.
    """
    if not text.strip():
        return Price()
    try:
        paid, cached, output = map(float, text.split(","))
        return Price(input=paid, cached=cached, output=output)
    except ValueError as error:
        hint = "Write what a million tokens cost when read, read from the cache, and written: 0.15,0.075,0.6."
        raise ConfigError(f"'{text}' is no price.", hint=hint) from error


def read_models(path: Path) -> Models:
    """Read and check a file of models.

    Raises:
        ConfigError: The file is missing or wrong; the message names the place.
    """
    try:
        models = Models.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"{path}: {place}: {problem['msg'].removeprefix('Value error, ')}.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(" ".join(f"{path} cannot be read as TOML: {error}.".split())) from error
    specs = tuple(
        spec.model_copy(update={"key_file": path.parent / spec.key_file}) if spec.key_file else spec
        for spec in models.models
    )
    return models.model_copy(update={"models": specs})


def check_limits(specs: Sequence[ModelSpec], limits: Limits) -> None:
    """Refuse models and a profile that contradict each other.

    Raises:
        ConfigError: A model's context is smaller than the profile fills it, or a step has no room in it, or
            the cost is limited and no model has a price.
    """
    if limits.cost is not None and all(spec.price.free for spec in specs):
        raise ConfigError(
            f"The cost is limited to {limits.cost:g}, and no model has a price.",
            hint="Say --price, or put prices into the file of --models.",
            code="contradictory_limits",
        )
    for spec in specs:
        context = spec.context_tokens or limits.context_tokens
        if context < limits.context_tokens:
            raise _contradiction(
                f"The model '{spec.name}' has a context of {context} tokens, and the profile fills "
                f"{limits.context_tokens}."
            )
        # a step that was cut off is asked for with twice the room
        step = 2 * limits.step_tokens + (spec.thinking_tokens or 0)
        if step >= context:
            raise _contradiction(
                f"A step of the model '{spec.name}' may take {step} tokens, its thought included, and the "
                f"context holds {context}."
            )


def _unknown(name: str, known: list[str]) -> ConfigError:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known)}."
    return ConfigError(f"There is no model '{name}' to turn to.", hint=hint, code="unknown_fallback")


def _contradiction(message: str) -> ConfigError:
    return ConfigError(message, hint="Change one of the two.", code="contradictory_limits")
