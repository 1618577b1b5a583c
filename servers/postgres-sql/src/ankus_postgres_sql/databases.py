"""The databases of one server, and each as one caller sees it.

    [shop]
    url_file = "/run/secrets/shop"
    description = "Orders and customers"

One that is down when the server starts is tried again when it is asked for; the others serve meanwhile.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import anyio
import psycopg
from pydantic import BaseModel, ConfigDict

from ankus_postgres_sql.access.check import check_rules
from ankus_postgres_sql.access.errors import NotAllowed
from ankus_postgres_sql.access.gate import Gate, settings_for
from ankus_postgres_sql.access.matrix import Identity, read_toml, validated
from ankus_postgres_sql.database import Database, check_posture, open_database, posture
from ankus_postgres_sql.settings import Settings
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import DatabaseUnavailable


class Entry(BaseModel):
    """One database of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: str | None = None
    url_file: str | None = None
    writer_url_file: str | None = None
    description: str = ""


def read_databases(settings: Settings) -> dict[str, Entry]:
    """The configured databases by name, in the order of the file; one without a name where there is no file.

    Raises:
        SettingsError: Naming the file and the key that is wrong.
    """
    path = settings.databases
    if path is None:
        return {"": Entry()}
    entries = {name: validated(Entry, found, path, name) for name, found in read_toml(path).items()}
    for name, entry in entries.items():
        if (entry.url is None) == (entry.url_file is None):
            raise SettingsError(f"{path}: {name} needs either url or url_file.", hint="Give one of them.")
        if not name.isidentifier():
            raise SettingsError(f"{path}: {name!r} is no name.", hint="Use letters, digits and _.")
    if not entries:
        raise SettingsError(f"{path} names no database.", hint="Write [name] and below it url_file = '…'.")
    return entries


def instructions(entries: dict[str, Entry]) -> str:
    """What a model is told of the databases; empty where there is only one."""
    if len(entries) < 2:
        return ""
    lines = [f"{name}{f' ({e.description})' if e.description else ''}" for name, e in entries.items()]
    return f" Databases, the first by default: {'; '.join(lines)}."


class Databases:
    """What the tools share: every database, opened once, as each identity sees it."""

    def __init__(self, settings: Settings, entries: dict[str, Entry], gate: Gate) -> None:
        self._settings, self._entries, self._gate = settings, entries, gate
        self._stack = contextlib.AsyncExitStack()
        self._open: dict[str, Database] = {}
        self._views: dict[tuple[str, str], Database] = {}
        self._paths: dict[tuple[str, str], tuple[str, ...]] = {}
        self._lock = anyio.Lock()

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["Databases"]:
        """Open all; where several are configured, one may be down.

        Raises:
            DatabaseUnavailable: If none can be opened.
            RoleTooStrong: If a login role, or the role of an identity, may do more than read.
            RuleBroken: If a role can read what the access file keeps from it.
        """
        async with self._stack:
            failure: DatabaseUnavailable | None = None
            for name in self._entries:
                try:
                    await self._database(name)
                except DatabaseUnavailable as error:
                    failure = error
            if failure is not None and not self._open:
                raise failure
            yield self

    async def of(self, name: str, caller: str | None) -> Database:
        """A database as a caller sees it; the first one where no name is given.

        Raises:
            NotAllowed: If the identity may not use it.
            DatabaseUnavailable: If it is down.
        """
        who, identity = self._gate.identity(caller)
        wanted = name or next((n for n in self._entries if identity.may_use(n)), "")
        if wanted not in self._entries or not identity.may_use(wanted):
            raise NotAllowed(
                f"{who} may not use the database {wanted or name}.",
                hint=f"Databases: {', '.join(n for n in self._entries if identity.may_use(n))}.",
                code="database_not_allowed",
            )
        base = await self._database(wanted)
        key = (wanted, who)
        if key not in self._views:
            self._views[key] = self._view(base, who, identity)
        return self._views[key]

    async def check(self, name: str) -> None:
        """Whether one database answers, and its roles are still what they should be."""
        base = await self._database(name)
        await posture(base)
        await self._check_roles(base)

    def _view(self, base: Database, who: str, identity: Identity) -> Database:
        settings = settings_for(identity, base.settings)
        statements = frozenset(str(kind) for kind in identity.statements)
        path = self._paths.get((base.name, identity.role or ""))
        return base.as_caller(
            base.name, settings, role=identity.role, path=path, statements=statements, caller=who
        )

    async def _database(self, name: str) -> Database:
        async with self._lock:
            if name not in self._open:
                database = await self._stack.enter_async_context(open_database(self._of(name), name))
                await self._check_roles(database)
                self._open[name] = database
            return self._open[name]

    async def _check_roles(self, base: Database) -> None:
        """Check the role of each identity that may use the database.

        Raises:
            RoleTooStrong: If one may do more than read.
            RuleBroken: If one can read what the access file keeps from it.
        """
        access = self._gate.access
        roles = {i.role for i in access.identity.values() if i.role and i.may_use(base.name)}
        for role in sorted(roles):
            view = base.as_caller(base.name, base.settings, role=role)
            try:
                check_posture(await posture(view))
                async with view.reading() as connection:
                    rules = access.role.get(role)
                    if rules is not None:
                        self._paths[base.name, role] = await check_rules(connection, role, rules)
            except psycopg.errors.Error as error:
                raise SettingsError(
                    f"The role {role} cannot be taken: {error.diag.message_primary or error}.",
                    hint="Run 'ankus-postgres-sql setup-role --access FILE', or GRANT it to the login role.",
                ) from error

    def _of(self, name: str) -> Settings:
        """The settings with the URL of one database."""
        entry = self._entries[name]
        if entry.url is None and entry.url_file is None:
            return self._settings
        file = None if entry.url_file is None else Path(entry.url_file)
        writer = None if entry.writer_url_file is None else Path(entry.writer_url_file)
        return replace(self._settings, database_url=entry.url, database_url_file=file, writer_url_file=writer)
