"""`ankus conversations`: what has been asked and answered, and what is still to be answered."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, TypeVar

import anyio
import cyclopts
from cyclopts import Parameter, validators
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ankus_runner.conversations.settings import OwnConversations
from ankus_runner.conversations.show import print_conversation
from ankus_runner.conversations.state import plain
from ankus_runner.conversations.store import ConversationStore, Listed
from ankus_runner.conversations.terminal import with_store
from ankus_shared.settings import FLAT, option

T = TypeVar("T")
Place = Annotated[OwnConversations, FLAT]
Json = Annotated[bool, Parameter(negative=())]
Limit = Annotated[int, Parameter(validator=validators.Number(gte=1))]
EMBEDDED = OwnConversations()

conversations_app = cyclopts.App(
    name="conversations",
    help="List, show, rename, delete and purge the conversations that can be gone on with.",
)


@conversations_app.command(name="list")
def list_conversations(*, limit: Limit = 20, json: Json = False, place: Place = EMBEDDED) -> None:
    """Show the newest conversations: id, when they were last gone on with, profile, title.

    Go on with one: ankus chat --conversation ID. One that is unfinished has a question to be answered first.

    Parameters
    ----------
    limit:
        How many.
    json:
        Print a JSON object a conversation.
    """
    found = _in(place, lambda store: store.list_of(place.user, limit))
    if json:
        for each in found:
            _print_json(asdict(each))
    else:
        _print_list(found)


@conversations_app.command(name="show")
def show_conversation(conversation: str, /, *, json: Json = False, place: Place = EMBEDDED) -> None:
    """Show a conversation: its questions, the calls that succeeded, and the answers.

    Parameters
    ----------
    conversation
        Its id.
    json:
        Print one JSON object, which holds all that is kept, results in full.
    """
    found = _in(place, lambda store: store.load(place.user, conversation))
    if json:
        _print_json({"profile": found.profile, "title": found.title, **plain(found.state)})
    else:
        print_conversation(Console(), found)


@conversations_app.command
def rename(conversation: str, title: str, /, *, place: Place = EMBEDDED) -> None:
    """Give a conversation another title.

    Parameters
    ----------
    conversation
        Its id.
    title
        80 characters of it are kept.
    """
    _in(place, lambda store: store.rename(place.user, conversation, title))


@conversations_app.command
def delete(conversation: str, /, *, place: Place = EMBEDDED) -> None:
    """Delete a conversation with everything that it holds.

    Parameters
    ----------
    conversation
        Its id.
    """
    _in(place, lambda store: store.delete(place.user, conversation))


@conversations_app.command
def purge(
    *, days: Annotated[int, option("ANKUS_CONVERSATIONS_DAYS", at_least=0)] = 90, place: Place = EMBEDDED
) -> None:
    """Delete the conversations that are too old; `ankus ask` and `ankus chat` do so by themselves.

    Parameters
    ----------
    days:
        Days since one was last gone on with; 0 deletes all.
    """
    count = _in(place, lambda store: store.purge(days, place.user))
    print(f"{count} deleted")


def _in(place: OwnConversations, work: Callable[[ConversationStore], Awaitable[T]]) -> T:
    return anyio.run(with_store, place, work)


def _print_list(found: list[Listed]) -> None:
    table = Table("Conversation", "Last", "Profile", "State", "Title", box=None, pad_edge=False)
    for each in found:
        last = f"{each.updated_at.astimezone():%Y-%m-%d %H:%M:%S}"
        state = "unfinished" if each.unfinished else ""
        table.add_row(each.id, last, Text(each.profile), state, Text(each.title))
    Console().print(table if found else "There are no conversations.")


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, default=_as_json))


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    raise TypeError(type(value).__name__)
