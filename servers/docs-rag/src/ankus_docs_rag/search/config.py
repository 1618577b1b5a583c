"""How a search weighs what it finds: arms, fusion, discounts, boosts and the reranker, read from TOML.

    [arms]            weight of each arm; 0 leaves it out
    [fusion]          method, and how the phrasings are put together
    [lexicon]         words of other languages and everyday words
    [discounts]       factors by kind of page and by age
    [boosts]          what is added for a name or an alias that the question has
    [rerank]          how many are looked at again, and the weights of their features

The default is `data/search.toml`; its reranker's weights come from `benchmarks/rag/fit.py`.
"""

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ankus_shared.errors import SettingsError

ARMS = ("dense", "tokens", "words")
Arm = Literal["dense", "tokens", "words"]
Method = Literal["multiplicative", "rrf", "weighted"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Arms(_Part):
    """The weight of each arm, and how many passages it puts forward."""

    dense: float = Field(1.0, ge=0)
    tokens: float = Field(0.5, ge=0)
    words: float = Field(1.0, ge=0)
    candidates: int = Field(100, ge=10, le=2000)

    def used(self) -> tuple[Arm, ...]:
        """The arms with a weight above 0."""
        weights: dict[Arm, float] = {"dense": self.dense, "tokens": self.tokens, "words": self.words}
        return tuple(arm for arm, weight in weights.items() if weight > 0)


class Fusion(_Part):
    """How the arms of one phrasing become one score, and the phrasings one ranking."""

    method: Method = "multiplicative"
    smoothing: float = Field(60.0, gt=0)
    """k of reciprocal rank fusion: https://doi.org/10.1145/1571941.1572114"""
    gate: bool = True
    """Trust the words of a translated question as far as the lexicon knew them."""


class Lexicon(_Part):
    """What is added to the words of a question."""

    foreign: float = Field(1.0, ge=0)
    """Weight of the words of another language that a word stands for; 0 leaves them out."""
    everyday: float = Field(0.3, ge=0)
    """Weight of the documents' words for everyday words; 0 leaves them out."""


class Discounts(_Part):
    """Factors on the score, by what a passage is."""

    kinds: dict[str, float] = {}
    """By the kind of page, such as release_notes."""
    yearly: float = Field(1.0, gt=0, le=1)
    """For each year of age, of a page that has a date."""
    old_versions: float = Field(1.0, gt=0, le=1)
    """For a passage that another candidate has newer (the same headings and anchor in a greater version),
    where no version was asked for."""


class Boosts(_Part):
    """What is added to the factor 1 of a score."""

    names: float = Field(0.0, ge=0)
    """For a passage that defines an identifier of the question."""
    aliases: float = Field(0.0, ge=0)
    """For a passage to which an index leads from words of the question, by the share of its idf."""
    headings: float = Field(0.0, ge=0)
    """For the share of the question's idf that stands in the heading path."""


class Rerank(_Part):
    """A linear model over features of the first `depth`; see `rerank.FEATURES`."""

    method: Literal["none", "features", "flag", "endpoint"] = "features"
    depth: int = Field(50, ge=1, le=500)
    weights: dict[str, float] = {}
    model: str = ""
    """Of `flag` or `endpoint`: the model's name or folder."""


class SearchConfig(_Part):
    """All of it."""

    arms: Arms = Arms()
    fusion: Fusion = Fusion()
    lexicon: Lexicon = Lexicon()
    discounts: Discounts = Discounts()
    boosts: Boosts = Boosts()
    rerank: Rerank = Rerank()


def load_config(path: Path | None = None) -> SearchConfig:
    """The package's configuration, with what a file says otherwise.

    Raises:
        SettingsError: If the file cannot be read, or has a key or value that is not known.
    """
    shipped = _shipped()
    if path is None:
        return _valid(shipped, "data/search.toml")
    try:
        own = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}.", hint="Give the path of a TOML file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML: {error}.", hint="Correct that place.") from error
    return _valid(_merged(shipped, own), str(path))


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads(resources.files("ankus_docs_rag").joinpath("data", "search.toml").read_text("utf-8"))


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Both, table by table; what `own` has goes before."""
    both = {
        key: _merged(base[key], value)
        if isinstance(value, dict) and isinstance(base.get(key), dict)
        else value
        for key, value in own.items()
    }
    return base | both


def _valid(values: dict[str, Any], place: str) -> SearchConfig:
    try:
        return SearchConfig.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise SettingsError(
            f"{place}: {where}: {problem['msg'].lower()}.", hint="See data/search.toml of the package."
        ) from error
