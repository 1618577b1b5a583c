"""`ankus memory`: what is remembered of a user, for the user to look at, to take along and to delete."""

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import anyio
import cyclopts
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ankus_runner.hooks import LOCAL_USER
from ankus_runner.memory import facts
from ankus_runner.memory.errors import UnknownFact
from ankus_runner.memory.fact import Fact, Owner
from ankus_runner.memory.settings import MemoryPlace
from ankus_runner.memory.store import FactStore
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import Connection
from ankus_shared.settings import FLAT, option

Place = Annotated[MemoryPlace, FLAT]
Json = Annotated[bool, Parameter(negative=())]
User = Annotated[str, option("ANKUS_USER")]
EMBEDDED = MemoryPlace()

memory_app = cyclopts.App(name="memory", help="List, show, forget and export what is remembered of a user.")


@memory_app.command(name="list")
def list_facts(
    *, user: User = LOCAL_USER, profile: str | None = None, json: Json = False, place: Place = EMBEDDED
) -> None:
    """Show what is remembered of a user, what was confirmed last first; times are in UTC.

    Parameters
    ----------
    user:
        Whose facts; questions of this terminal are those of "local".
    profile:
        Only what one profile remembers.
    json:
        Print a JSON object a fact.
    """
    found = _reached(place, user, lambda connection: facts.some(connection, user, profile))
    if json:
        _write(found, sys.stdout)
    else:
        _print(found)


@memory_app.command
def show(fact: str, /, *, user: User = LOCAL_USER, json: Json = False, place: Place = EMBEDDED) -> None:
    """Show one fact whole: its source, the run that stored it, its times.

    Parameters
    ----------
    fact
        Its number, as 'ankus memory list' shows it.
    user:
        Whose fact.
    json:
        Print one JSON object.
    """
    number = _number(fact)
    found = _reached(place, user, lambda connection: facts.some(connection, user, None, number))
    if not found:
        raise _unknown(number, user)
    if json:
        _write(found, sys.stdout)
        return
    for name, value in found[0].as_json().items():
        print(f"{name:<13}{'-' if value is None else value}")


@memory_app.command
def forget(
    fact: str | None = None,
    /,
    *,
    every: Annotated[bool, Parameter(name="--all", negative=())] = False,
    yes: Annotated[bool, Parameter(negative=())] = False,
    user: User = LOCAL_USER,
    profile: str | None = None,
    place: Place = EMBEDDED,
) -> None:
    """Delete one fact by its number, or all of a user; they cannot be brought back.

    Parameters
    ----------
    fact
        Its number, as 'ankus memory list' shows it.
    every:
        Delete all, or with --profile all that this profile remembers; needs --yes.
    yes:
        Really delete all.
    user:
        Whose facts.
    profile:
        Of one profile only.
    """
    if (fact is None) != every:
        raise SettingsError("Name one fact, or give --all.", hint="See 'ankus memory list'.")
    if every and not yes:
        raise SettingsError("All facts would be deleted.", hint="Give --yes too if that is meant.")
    number = None if fact is None else _number(fact)
    gone = _reached(place, user, lambda connection: facts.remove(connection, user, profile, number))
    if number is not None and not gone:
        raise _unknown(number, user)
    for one in gone:
        print(f"forgotten: {one.handle}: {one.text}")
    if not gone:
        print("Nothing is remembered.")


@memory_app.command
def export(
    *, to: str = "-", user: User = LOCAL_USER, profile: str | None = None, place: Place = EMBEDDED
) -> None:
    """Write a user's facts as JSON lines.

    Parameters
    ----------
    to:
        A file, or - for standard output.
    user:
        Whose facts.
    profile:
        Only what one profile remembers.
    """
    found = _reached(place, user, lambda connection: facts.some(connection, user, profile))
    if to == "-":
        _write(found, sys.stdout)
        return
    try:
        with Path(to).open("w", encoding="utf-8") as file:
            _write(found, file)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise SettingsError(f"Cannot write {to}: {error.strerror}.") from error
    print(f"{len(found)} facts were written to {to}.", file=sys.stderr)


def _reached(
    place: MemoryPlace, user: str, work: Callable[[Connection], Awaitable[list[Fact]]]
) -> list[Fact]:
    """What a statement over a user's facts gives."""

    async def reach() -> list[Fact]:
        store = FactStore(place.memory_url())
        try:
            async with store.of(Owner(user, "")) as connection:
                return await work(connection)
        finally:
            await store.aclose()

    return anyio.run(reach)


def _number(fact: str) -> int:
    digits = fact.removeprefix("fact")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise SettingsError(f"'{fact}' is no number of a fact.", hint="See 'ankus memory list'.")
    return int(digits)


def _unknown(number: int, user: str) -> UnknownFact:
    return UnknownFact(f"The user '{user}' has no fact{number}.", hint="See 'ankus memory list'.")


def _write(found: Sequence[Fact], file: Any) -> None:
    for fact in found:
        file.write(json.dumps(fact.as_json(), ensure_ascii=False) + "\n")


def _print(found: Sequence[Fact]) -> None:
    if not found:
        print("Nothing is remembered.")
        return
    heads = ("Fact", "Confirmed", "Profile", "Confidence", "Seen", "From", "What")
    table = Table(*heads, box=None, pad_edge=False)
    for fact in found:
        cells = (fact.handle, f"{fact.confirmed_at:%Y-%m-%d %H:%M}", fact.profile, f"{fact.confidence:.2f}")
        table.add_row(*map(Text, (*cells, str(fact.times_seen), fact.source, fact.text)))
    Console().print(table)
