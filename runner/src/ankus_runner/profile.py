"""An agent as data: a folder with `profile.toml` and the texts that it names.

profiles/assistant/profile.toml               tools, prelude, limits, sampling
profiles/assistant/prompts/1/system.md.j2     the system prompt, see `ankus_runner.prompting`
"""

import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ankus_runner.errors import ConfigError
from ankus_runner.memory.policy import MemoryPolicy
from ankus_runner.prompting import Prompt, check_shares, read_versions, unknown_version
from ankus_runner.routes import Route

LEAST_STEPS = 3
"""Of a profile that plans: a plan, a call and the answer."""

CHARS_OF_A_TOKEN = 6
"""More than a token holds on the average, in any language and with any tokenizer."""

_STRICT = ConfigDict(extra="forbid", frozen=True)


class PreludeCall(BaseModel):
    """A call that is made before the first step, so that its result is the first observation."""

    model_config = _STRICT

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Texts may hold `$question` in a call that is made for each question."""
    show: bool = True
    """Whether the model reads the result; one that it does not read may still bind it."""


class BoundTool(BaseModel):
    """A tool of which the runner fills in arguments, or binds some to a grammar that another tool gave."""

    model_config = _STRICT

    tool: str
    fill: dict[str, Any] = Field(default_factory=dict)
    """Arguments that the model does not write; texts may hold `$question`."""
    hide: tuple[str, ...] = ()
    """Arguments that the model does not write and that keep their defaults."""
    narrow: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Argument to keywords of JSON Schema that it gets besides its own, such as `maxItems`."""
    grammar: dict[str, str] = Field(default_factory=dict)
    """Argument, a text or a list of texts, to the tool of `on_question` whose result is its GBNF."""


class Cache(BaseModel):
    """Tools that only read and whose results are good for a while, to be used again for the same call."""

    model_config = _STRICT

    tools: tuple[str, ...] = ()
    """Names `server__tool`; `*` matches any run of characters."""
    seconds: float = Field(300.0, gt=0)


class Limits(BaseModel):
    """What one question may cost."""

    model_config = _STRICT

    steps: int = Field(10, ge=1, le=100)
    seconds: float = Field(900.0, gt=0)
    tokens: int = Field(60_000, ge=100)
    """Prompt tokens that the server evaluated (not the cached ones) and tokens that it wrote."""
    cost: float | None = Field(None, gt=0, lt=1e9)
    """In the currency of the models' prices."""
    call_seconds: float = Field(60.0, gt=0)
    same_call: int = Field(3, ge=2)
    """How often the very same call may be made before the run is given up as a loop."""
    same_result: int = Field(3, ge=2)
    """So many other calls in a row with one and the same result are a circle; see `ankus_runner.circles`."""
    cycles: int = Field(2, ge=2)
    """So many rounds of A-B or A-B-C are one."""
    no_news: int = Field(4, ge=2)
    """So many results in a row without a word or number that was not seen before are one."""
    question_chars: int = Field(4_000, ge=1)
    observation_chars: int = Field(3_000, ge=200)
    thought_chars: int = Field(240, ge=0, le=1_500)
    """0 leaves the thought out."""
    final_chars: int | None = Field(None, ge=40, le=1_500)
    """Longest answer that the grammar allows."""
    string_chars: int | None = Field(None, ge=40, le=1_500)
    """Longest string of a call, where one that is cut short still means the same, as a search does."""
    step_tokens: int = Field(400, ge=32)
    context_tokens: int = Field(8_192, ge=1_024)


class ApprovalPolicy(BaseModel):
    """Which calls a person is asked about; see `ankus_runner.approvals`.

    Names `server__tool`; `*` matches any run of characters. `never` wins over `ask`, and `ask` over `allow`;
    what none of them names is asked about if the tool's own hints leave it destructive.
    """

    model_config = _STRICT

    ask: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    """Called without asking, whatever their hints say."""
    never: tuple[str, ...] = ()
    """Not called at all, and in no grammar."""
    seconds: float = Field(120.0, gt=0, le=86_400)
    """How long a person's word is waited for; none is a refusal."""
    log: Literal["best_effort", "required"] = "best_effort"
    """Whether a call is refused where what was said of it cannot be written down before."""


class ContextPolicy(BaseModel):
    """What a prompt loses first where the model's context is full; see `ankus_runner.context`."""

    model_config = _STRICT

    strategy: Literal["window", "summarise", "mask", "hybrid", "selective"] = "hybrid"
    newest: int = Field(2, ge=1, le=50)
    """Results that stay as they are, counted from the newest."""
    pins: tuple[str, ...] = ()
    """Tools whose newest result stays as it is; `*` matches any run of characters."""
    reduce_to: float = Field(0.6, ge=0.2, le=1)
    """Share of the room to which a full prompt is reduced, so that it can grow at its end again."""
    read_again: bool = True
    """Whether the model may read on in results that were cut or left out, by a built-in tool."""
    summary_tokens: int = Field(600, ge=64)
    kept_chars: int = Field(16_000_000, ge=0)
    """Of whole results, which are kept in memory to be read again."""


class PlanPolicy(BaseModel):
    """How an agent with `mode = "rewoo"` plans; see `ankus_runner.rewoo`."""

    model_config = _STRICT

    steps: int = Field(6, ge=1, le=20)
    """Calls of one plan; `limits.steps` counts them too, and each plan and the answer."""
    replans: int = Field(2, ge=0, le=10)
    """How often the rest is planned anew after a call has failed."""
    parallel: int = Field(4, ge=1, le=32)
    """Calls that run at the same time."""
    tokens: int = Field(800, ge=64)
    approve: bool = False
    """Whether a person has to agree to each plan before anything of it runs."""


class Profile(BaseModel):
    """One kind of agent."""

    model_config = _STRICT

    name: str
    description: str
    tools: tuple[str, ...] = Field(min_length=1)
    """Names `server__tool` that the agent may call; `*` matches any run of characters."""
    prelude: tuple[PreludeCall, ...] = ()
    on_question: tuple[PreludeCall, ...] = ()
    """Calls that are made for each question before its first step."""
    bound: tuple[BoundTool, ...] = ()
    answer_after: tuple[str, ...] = ()
    """Tools of which one must have succeeded before the grammar lets the agent answer."""
    cite: Literal["", "lines", "passages"] = ""
    """What an answer must cite, and only as observations have it: lines `file:line`, or passages `[1]`."""
    mode: Literal["react", "rewoo"] = "react"
    """Step by step, or by a plan of all calls; see `ankus_runner.loop` and `ankus_runner.rewoo`."""
    plan: PlanPolicy = PlanPolicy()
    temperature: float = Field(0.0, ge=0, le=2)
    samples: int = Field(1, ge=1, le=9)
    """How often the call that an answer rests on is sampled; what most samples' results agree on is taken."""
    models: tuple[str, ...] = ()
    """Of the file of --models, in the order in which they are asked; by default that of the file."""
    routes: tuple[Route, ...] = ()
    """Rules by which a question is asked of other models, or in another order; the first that applies."""
    cache: Cache = Cache()
    limits: Limits = Limits()
    approvals: ApprovalPolicy = ApprovalPolicy()
    context: ContextPolicy = ContextPolicy()
    memory: MemoryPolicy = MemoryPolicy()
    """What is remembered of a user from one conversation to the next."""
    prompt: str = "1"
    """The version of the system prompt that is seen."""
    prompts: dict[str, float] = Field(default_factory=dict)
    """Or several versions side by side, by their shares of the conversations."""
    versions: dict[str, Prompt] = Field(default_factory=dict)
    """All that there are, from their files."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """A plan needs room in the limits, and its calls are sampled once."""
        if self.mode == "rewoo" and self.samples > 1:
            raise ValueError('mode = "rewoo" samples each call once: samples must be 1')
        if self.mode == "rewoo" and self.limits.steps < LEAST_STEPS:
            raise ValueError('mode = "rewoo" needs limits.steps of 3: a plan, a call and the answer')
        return self

    @property
    def shares(self) -> Mapping[str, float]:
        """The versions of the prompt that are seen, by their shares."""
        return self.prompts or {self.prompt: 1.0}

    def with_prompt(self, version: str | None) -> "Profile":
        """The profile of which only this version of the prompt is seen, if one is named.

        Raises:
            ConfigError: There is no such version.
        """
        if version is None:
            return self
        if version not in self.versions:
            raise unknown_version(version, self.versions)
        return self.model_copy(update={"prompt": version, "prompts": {}})


def load_profile(name_or_folder: str) -> Profile:
    """Load a profile of the package by its name, or any other by its folder.

    Raises:
        ConfigError: There is no such profile, or its files are wrong; the message names the place.
    """
    folder = _folder(name_or_folder)
    try:
        settings = tomllib.loads((folder / "profile.toml").read_text("utf-8"))
        profile = Profile.model_validate(settings | {"versions": read_versions(folder)})
        check_shares(profile.versions, profile.prompt, profile.prompts)
        _check_limits(profile)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"{folder}/profile.toml: {place}: {problem['msg'].lower()}.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError) as error:
        raise ConfigError(f"The profile in {folder} cannot be used: {error}.") from error
    return profile


def _check_limits(profile: Profile) -> None:
    """Refuse limits of which one makes another meaningless, where the profile itself sets it.

    What a model's context, or its price, says to them is for `endpoints.check_limits`.

    Raises:
        ConfigError: They contradict each other.
    """
    limits, set_here = profile.limits, profile.limits.model_fields_set
    text = limits.thought_chars + (limits.final_chars or 0)
    wrong = {
        "same_call is larger than steps": "same_call" in set_here and limits.same_call > limits.steps,
        "call_seconds is larger than seconds": "call_seconds" in set_here
        and limits.call_seconds > limits.seconds,
        "tokens is smaller than step_tokens": limits.tokens < limits.step_tokens,
        "step_tokens twice, as after a step that was cut off, do not fit into context_tokens": 2
        * limits.step_tokens
        >= limits.context_tokens,
        "thought_chars and final_chars do not fit into step_tokens": limits.final_chars is not None
        and text > CHARS_OF_A_TOKEN * limits.step_tokens,
        "approvals.seconds is larger than seconds": "seconds" in profile.approvals.model_fields_set
        and profile.approvals.seconds > limits.seconds,
    }
    if found := next((name for name, is_so in wrong.items() if is_so), ""):
        raise ConfigError(
            f"The limits of the profile '{profile.name}' contradict each other: {found}.",
            hint="Change one of the two.",
            code="contradictory_limits",
        )


def with_approval(profile: Profile) -> Profile:
    """The profile whose plans a person has to agree to.

    Raises:
        ConfigError: It makes no plans.
    """
    if profile.mode != "rewoo":
        raise ConfigError(
            f"The profile '{profile.name}' makes no plans to approve.", hint='Set mode = "rewoo" in it.'
        )
    return profile.model_copy(update={"plan": profile.plan.model_copy(update={"approve": True})})


def profile_names() -> list[str]:
    """The profiles that come with the package."""
    return sorted(entry.name for entry in _packaged().iterdir() if (entry / "profile.toml").is_file())


def _packaged() -> Traversable:
    return resources.files("ankus_runner") / "profiles"


def _folder(name_or_folder: str) -> Traversable | Path:
    if (packaged := _packaged() / name_or_folder).joinpath("profile.toml").is_file():
        return packaged
    if (folder := Path(name_or_folder)).is_dir():
        return folder
    known = ", ".join(profile_names())
    raise ConfigError(f"There is no profile '{name_or_folder}'.", hint=f"Known: {known}; or name a folder.")
