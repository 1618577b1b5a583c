"""A value as JSON whose long texts and bytes are kept apart, each under its hash: what has been kept once is
not written again, however often the value is.

A text of JSON that begins with @ is a mark; PostgreSQL's JSON and texts hold what they refuse by itself, NUL
characters, lone surrogates and infinity, so that a value comes back as it was.

    @@…    the text @…                @t…, @b…    the text, or the bytes, under this hash
    @f…    a number that JSON lacks
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ankus_runner.conversations.errors import UnreadableConversationError

LONG = 400
"""Characters from which on a text is kept apart."""


@dataclass
class Parcel:
    """The JSON of a value, and the bodies that it names."""

    json: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    """By hash; without those that the packer knows to be kept."""
    keys: set[str] = field(default_factory=set)
    """All that the JSON names."""
    dropped: set[str] = field(default_factory=set)
    """What is kept and not named any more."""


class Packer:
    """Packs one value after another; a text is hashed once, for as long as it is part of them."""

    def __init__(self) -> None:
        self._hashed: dict[str | bytes, str] = {}
        self.kept: set[str] = set()
        """The hashes of bodies that are kept and so not packed again."""

    def pack(self, value: Any) -> Parcel:
        """Pack what consists of dictionaries, lists, tuples, sets, texts, bytes, numbers and None.

        Raises:
            UnreadableConversationError: It is nested too deep.
        """
        parcel, hashed = Parcel(), dict[str | bytes, str]()
        try:
            marked = self._marked(value, parcel, hashed)
            parcel.json = json.dumps(marked, separators=(",", ":"))  # in ASCII: PostgreSQL takes all of it
        except RecursionError as error:
            raise UnreadableConversationError("What a tool answered is nested too deep.") from error
        parcel.dropped = self.kept - parcel.keys
        self._hashed = hashed
        return parcel

    def _marked(self, value: Any, parcel: Parcel, hashed: dict[str | bytes, str]) -> Any:
        if isinstance(value, dict):
            return {key: self._marked(part, parcel, hashed) for key, part in value.items()}
        if isinstance(value, list | tuple | set):
            return [self._marked(part, parcel, hashed) for part in value]
        if isinstance(value, bytes) or (isinstance(value, str) and len(value) >= LONG):
            return self._apart(value, parcel, hashed)
        if isinstance(value, float) and not math.isfinite(value):
            return f"@f{value}"
        return f"@{value}" if isinstance(value, str) and value.startswith("@") else value

    def _apart(self, value: str | bytes, parcel: Parcel, hashed: dict[str | bytes, str]) -> str:
        key = self._hashed.get(value) or hashed.get(value, "")
        if key not in self.kept and key not in parcel.bodies:
            body = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
            key = hashlib.sha256(body).hexdigest()
            if key not in self.kept:
                parcel.bodies[key] = body
        hashed[value] = key
        parcel.keys.add(key)
        return f"@{'b' if isinstance(value, bytes) else 't'}{key}"


def unpack(text: str, bodies: Mapping[str, bytes]) -> Any:
    """The value of a parcel; sets and tuples come back as lists.

    Raises:
        KeyError: A body is missing.
        ValueError: It is no parcel.
    """
    return _unmarked(json.loads(text), bodies)


def _unmarked(value: Any, bodies: Mapping[str, bytes]) -> Any:
    if isinstance(value, dict):
        return {key: _unmarked(part, bodies) for key, part in value.items()}
    if isinstance(value, list):
        return [_unmarked(part, bodies) for part in value]
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    match value[1:2]:
        case "@":
            return value[1:]
        case "t":
            return bodies[value[2:]].decode("utf-8", "surrogatepass")
        case "b":
            return bodies[value[2:]]
        case "f":
            return float(value[2:])
    raise ValueError(f"There is no mark {value[:2]}.")
