"""Who a request is from, and its body within bounds."""

import json
from typing import Any

from starlette.requests import Request

from ankus_runner.serve.errors import RequestError, TooLargeError, UnauthorizedError
from ankus_runner.serve.keys import LOCAL, Key, Keys

MOST_BYTES = 2 << 20
"""Of a request's body."""


class Door:
    """Admits whoever has a key; without keys everybody, which is why only loopback is listened on then."""

    def __init__(self, keys: Keys | None) -> None:
        self._keys = keys

    def key(self, request: Request) -> Key:
        """The key of a request.

        Raises:
            UnauthorizedError: It has none, or one that is nobody's.
        """
        if self._keys is None:
            return LOCAL
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        key = self._keys.find(given.strip().encode("utf-8", "surrogateescape"))
        if scheme.lower() != "bearer" or key is None:
            raise UnauthorizedError(
                "There is no key, or an unknown one.", hint="Send 'Authorization: Bearer KEY'."
            )
        return key


async def read_body(request: Request) -> bytes:
    """The body of a request.

    Raises:
        TooLargeError: It is longer than is read.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLargeError(f"The request has more than {MOST_BYTES:,} bytes.")
    return bytes(body)


async def read_object(request: Request) -> dict[str, Any]:
    """The body of a request, which is a JSON object or empty.

    Raises:
        RequestError: It is something else.
    """
    try:
        value = json.loads(await read_body(request) or b"{}")
    except (ValueError, RecursionError) as error:
        raise RequestError("The body is no JSON.", hint="Send one JSON object, in UTF-8.") from error
    if not isinstance(value, dict):
        raise RequestError("The body is no JSON object.")
    return value
