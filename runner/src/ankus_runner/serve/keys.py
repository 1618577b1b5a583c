"""API keys: who calls, and what the key allows. A file holds their hashes, never the keys.

    [[keys]]
    name = "anna's laptop"
    user = "anna"
    hash = "sha256:…"                  # as `ankus serve keys new` prints it
    profiles = ["analyst"]             # default: all that are served
    tools = ["postgres-sql__*"]        # default: all of the profile
    requests_per_minute = 30           # 0, the default, is no limit; the same for
    concurrent = 2
    tokens_per_day = 500_000

A key is 256 random bits, so that its plain SHA-256 cannot be guessed back; a slow hash is for passwords,
which people choose.
"""

import hashlib
import hmac
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ankus_runner.access import Allowed
from ankus_runner.errors import ConfigError
from ankus_runner.hooks import LOCAL_USER

PREFIX = "ankus-"


class Key(BaseModel):
    """One key of the file, without which nobody can tell what the key is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100)
    user: str = Field(min_length=1, max_length=100)
    hash: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    profiles: tuple[str, ...] = ("*",)
    tools: tuple[str, ...] = ("*",)
    requests_per_minute: int = Field(0, ge=0)
    concurrent: int = Field(0, ge=0)
    tokens_per_day: int = Field(0, ge=0)

    @property
    def allowed(self) -> Allowed:
        """What its user may use by it."""
        return Allowed(profiles=self.profiles, tools=self.tools)


LOCAL = Key(name=LOCAL_USER, user=LOCAL_USER, hash="sha256:" + "0" * 64)
"""The caller where there are no keys; nobody is admitted by this hash."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[Key, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Keys:
    """All keys."""

    keys: Sequence[Key]

    def find(self, given: bytes) -> Key | None:
        """The key that these bytes are, if any; how long it takes tells nothing of it."""
        digest = f"sha256:{hashlib.sha256(given).hexdigest()}".encode()
        same = [hmac.compare_digest(digest, key.hash.encode()) for key in self.keys]
        return next((key for key, is_same in zip(self.keys, same, strict=True) if is_same), None)


def read_keys(path: Path) -> Keys:
    """Read and check a file of keys.

    Raises:
        ConfigError: It cannot be read, or holds something else; what it holds is not repeated.
    """
    try:
        file = _File.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise ConfigError(f"The keys in {path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise ConfigError(
            f"{path}: {place}: {problem['msg'].lower()}.", hint="'ankus serve keys new' makes one."
        ) from None  # its cause would show the value
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is no TOML: {_place(error)}.") from None
    names = [key.name for key in file.keys]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{path}: two keys have the name '{twice}'.")
    return Keys(file.keys)


def _place(error: Exception) -> str:
    return str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not in UTF-8"


def new_key() -> tuple[str, str]:
    """A key, and what the file holds of it."""
    key = PREFIX + secrets.token_urlsafe(32)
    return key, f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
