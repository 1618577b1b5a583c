"""The access file: identities, the role, tools and statements of each, and what each role may see.

    [identity.anna]
    token_sha256 = "…"                  # `ankus-postgres-sql token` prints it
    role = "support"                    # SET LOCAL ROLE; without it the login role
    tools = ["list_*", "describe_table", "run_query"]
    statements = ["select", "explain"]
    rows_per_hour = 10_000

    [role.support]
    tables = ["public.*"]
    deny = ["public.salaries"]
    mask = { "customers.email" = "hash", "*.phone" = "last4" }

What a call may do is the identity's and checked for each call. What data a role may see is the role's: it
is granted in PostgreSQL by `setup-role`, and checked at the start, so that no statement can go around it.
"""

import fnmatch
import hashlib
import hmac
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ankus_shared.errors import SettingsError

Mask = Literal["hash", "null", "last4", "redact", "deny"]
Statements = Literal["select", "explain", "show"]
Model = TypeVar("Model", bound=BaseModel)
_Count = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Identity(_Strict):
    """One caller: which token it has, and what its calls may do."""

    token_sha256: Annotated[str | None, Field(pattern="^[0-9a-f]{64}$")] = None
    role: Annotated[str | None, Field(min_length=1, max_length=63)] = None
    """PostgreSQL role that its statements run as."""
    tools: list[str] = ["*"]
    """Patterns of tool names."""
    databases: list[str] = ["*"]
    """Patterns of the names of configured databases."""
    statements: list[Statements] = ["select", "explain", "show"]
    row_limit: _Count | None = None
    statement_timeout: _Count | None = None
    calls_per_minute: _Count | None = None
    concurrent_calls: _Count | None = None
    rows_per_hour: _Count | None = None

    def may_call(self, tool: str) -> bool:
        """Whether a tool is allowed."""
        return any(fnmatch.fnmatchcase(tool, pattern) for pattern in self.tools)

    def may_use(self, database: str) -> bool:
        """Whether a database is allowed."""
        return any(fnmatch.fnmatchcase(database, pattern) for pattern in self.databases)


class Rules(_Strict):
    """What one role may see: patterns of `schema.table`, or of a table in any schema."""

    tables: list[str] = ["*"]
    deny: list[str] = []
    mask: dict[str, Mask] = {}
    """Masks by `table.column` or `schema.table.column`; the first pattern that fits counts."""

    trust: list[str] = []
    """Views over masked columns that may be read nevertheless, as they show nothing of them."""

    def trusts(self, schema: str, view: str) -> bool:
        """Whether a view over masked columns is trusted."""
        return _fits(self.trust, schema, view)

    def may_read(self, schema: str, table: str) -> bool:
        """Whether a table is allowed."""
        return _fits(self.tables, schema, table) and not _fits(self.deny, schema, table)

    def mask_of(self, schema: str, table: str, column: str) -> Mask | None:
        """How a column is masked; None where it is not."""
        for pattern, mask in self.mask.items():
            if _fits([pattern], schema, table, column):
                return mask
        return None


class Access(_Strict):
    """The whole matrix."""

    identity: dict[str, Identity] = {}
    role: dict[str, Rules] = {}

    def authenticate(self, token: bytes) -> str | None:
        """Whose token this is; every hash is compared, each in constant time."""
        given = hashlib.sha256(token).hexdigest()
        found = None
        for name, identity in self.identity.items():
            if identity.token_sha256 is not None and hmac.compare_digest(given, identity.token_sha256):
                found = name
        return found


def read_access(path: Path) -> Access:
    """The access file.

    Raises:
        SettingsError: Naming the file and the key that is wrong.
    """
    access = validated(Access, read_toml(path), path)
    used = {identity.role for identity in access.identity.values()}
    if idle := sorted(set(access.role) - used):
        raise SettingsError(
            f"{path}: role.{idle[0]} is the role of no identity.", hint="Give an identity that role."
        )
    tokens = [identity.token_sha256 for identity in access.identity.values() if identity.token_sha256]
    if len(set(tokens)) < len(tokens):
        raise SettingsError(f"{path}: two identities have the same token_sha256.", hint="Make another token.")
    return access


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file.

    Raises:
        SettingsError: If it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror}.", hint="Name a readable file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.", hint="See https://toml.io.") from error


def validated(model: type[Model], content: Any, path: Path, prefix: str = "") -> Model:
    """What a file holds, as `model`.

    Raises:
        SettingsError: Naming the first key that is unknown or has a wrong value, which is not repeated.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join([*([prefix] if prefix else []), *map(str, first["loc"])])
        known = f"Keys: {', '.join(_keys_beside(model, first['loc']))}."
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"{path}: unknown key {key}.", hint=known) from error
        raise SettingsError(f"{path}: {key}: {first['msg']}.", hint="Correct the value.") from error


def _keys_beside(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    kinds: dict[str, type[BaseModel]] = {"identity": Identity, "role": Rules}
    owner = kinds.get(str(place[0]), model) if len(place) > 1 else model
    return list(owner.model_fields)


def _fits(patterns: list[str], *names: str) -> bool:
    """Whether a pattern of as many dotted parts, or of one part less (any schema), fits the names."""
    for pattern in patterns:
        parts = pattern.split(".")
        wanted = names if len(parts) == len(names) else names[1:]
        if len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, wanted, parts)):
            return True
    return False
