"""The versions of a profile's prompt, and which of them a conversation sees.

profiles/assistant/prompts/1/system.md.j2    a folder a version; what it includes lies beside it
profile.toml: prompt = "1"                   the one that is seen,
              [prompts]                      or several, by their shares of the conversations
              "1" = 0.8
              "2" = 0.2
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol

from ankus_runner.errors import ConfigError
from ankus_runner.templates import Template, load, template

FOLDER = "prompts"
SYSTEM = "system.md.j2"
VARIABLES = ("tools",)
"""What a system prompt may print: the signatures of the tools."""
MOST_VERSIONS = 100
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True)
class Prompt:
    """One version of a system prompt."""

    version: str
    template: Template

    def text(self, tools: str) -> str:
        """The system prompt with the signatures of the tools in it."""
        return self.template.render(tools=tools)

    @property
    def body(self) -> str:
        """Its template, and those that it includes."""
        return self.template.body

    @cached_property
    def hash(self) -> str:
        """SHA-256 of its body: another text is another hash, whatever its version is called."""
        return _hash(self.body)


@dataclass(frozen=True)
class Choice:
    """The version that a conversation sees, and why."""

    prompt: Prompt
    reason: str


def prompt_of(text: str, version: str = "1") -> dict[str, Prompt]:
    """The only version of a prompt that is in no file, by its name.

    Raises:
        ConfigError: The text is no template.
    """
    return {version: Prompt(version, template(text, VARIABLES))}


def read_versions(folder: Traversable | Path) -> dict[str, Prompt]:
    """The versions in the folder of a profile, by name.

    Raises:
        ConfigError: There is none, or one cannot be used; the message names the file and the line.
    """
    home = folder / FOLDER
    names = sorted(each.name for each in home.iterdir() if each.is_dir()) if home.is_dir() else []
    names = [name for name in names if not name.startswith((".", "__"))]
    if not names:
        raise ConfigError(
            f"The profile in {folder} has no prompt.",
            hint=f"Write {FOLDER}/1/{SYSTEM}, with {{{{ tools }}}} where the tools' signatures belong.",
        )
    wrong = next((name for name in names if not _VERSION.fullmatch(name)), "")
    if wrong or len(names) > MOST_VERSIONS:
        what = (
            f"'{wrong}' is no name of a version" if wrong else f"there are more than {MOST_VERSIONS} versions"
        )
        raise ConfigError(f"{home}: {what}.", hint="A name has at most 32 letters, digits, dots and dashes.")
    return {name: Prompt(name, load(home / name, SYSTEM, VARIABLES)) for name in names}


def check_shares(versions: Iterable[str], named: str, shares: Mapping[str, float]) -> None:
    """Check what a profile says of its versions.

    Raises:
        ConfigError: A version is not there, or the shares are none.
    """
    known = list(versions)
    for version in shares or (named,):
        if version not in known:
            raise unknown_version(version, known)
    each = all(0 <= share <= 1 for share in shares.values())
    if shares and not (each and abs(sum(shares.values()) - 1) < 1e-6):
        raise ConfigError("The shares of [prompts] are not from 0 to 1, or their sum is not 1.")


def unknown_version(version: str, known: Iterable[str]) -> ConfigError:
    """The error where a version is not there."""
    return ConfigError(f"There is no version '{version}' of the prompt.", hint=f"Known: {', '.join(known)}.")


class Seen(Protocol):
    """What remembers the version that a conversation sees."""

    prompt: str


class Prompts:
    """The versions that the conversations of one agent see.

    Args:
        versions: All of a profile.
        shares: Of those that are seen.
    """

    def __init__(self, versions: Mapping[str, Prompt], shares: Mapping[str, float]) -> None:
        self._versions = versions
        self._shares = {version: share for version, share in sorted(shares.items()) if share > 0}

    def main(self, tools: str) -> str:
        """The text that most conversations see."""
        return self._versions[max(self._shares, key=lambda version: self._shares[version])].text(tools)

    def told(self, choice: Choice, text: str, tools: str) -> tuple[str, str, str]:
        """Version, hash and reason of a choice, for a conversation that sees `text`.

        One that was kept before a template was changed sees what the template was then.
        """
        prompt = choice.prompt
        if text == prompt.text(tools):
            return prompt.version, prompt.hash, choice.reason
        return prompt.version, _hash(text), "as it was when this conversation was kept"

    def choose_for(self, history: Seen, key: str) -> Choice:
        """The version for a conversation, which remembers it; see `choose`."""
        choice = self.choose(history.prompt, key)
        history.prompt = choice.prompt.version
        return choice

    def choose(self, seen: str, key: str) -> Choice:
        """The version for a conversation, always the same for the same one.

        Args:
            seen: The version that it has seen before; "" where there is none.
            key: The conversation's id; by its hash it falls to one of the shares.
        """
        if len(self._shares) == 1:
            return Choice(self._versions[next(iter(self._shares))], "the only one")
        if seen in self._shares:
            return Choice(self._versions[seen], "this conversation has seen it before")
        version = by_share(self._shares, key)
        return Choice(self._versions[version], f"by its share of {self._shares[version]:.0%}")


def by_share(shares: Mapping[str, float], key: str) -> str:
    """The version to which a key falls: shares lie side by side in the order of their names."""
    point = int.from_bytes(hashlib.sha256(key.encode("utf-8", "replace")).digest()[:8]) / 2**64
    end = 0.0
    for version, share in sorted(shares.items()):
        end += share
        if point < end:
            return version
    return max(shares)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
