"""Bytes as they arrive -> the bytes that they stand for, a little at a time, and never over a limit."""

import zlib

from ankus_shared.web.errors import FetchFailed, TooLarge

CODINGS = "gzip, deflate"
"""What a request says that it can read."""

_GZIP_MAGIC = b"\x1f\x8b"
_EITHER = zlib.MAX_WBITS | 32  # zlib and gzip, told apart by their first bytes
_STEP = 64 * 1024
_MOST_MEMBERS = 100


class Inflater:
    """Unpacks one body; a bomb is seen at the limit and not behind it.

    Args:
        coding: The Content-Encoding: "", identity, gzip or deflate.
        most: Bytes that the body may have, packed and unpacked.
    """

    def __init__(self, coding: str, most: int) -> None:
        self._unpacker = zlib.decompressobj(_EITHER) if _is_packed(coding) else None
        self._most = most
        self._arrived = 0
        self._held = b""
        self._members = 1
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what arrived.

        Raises:
            TooLarge: If the limit is reached.
            FetchFailed: If it cannot be unpacked.
        """
        self._arrived += len(data)
        data, self._held = self._held + data, b""
        try:
            while data:
                data = self._unpack(data)
                if max(self._arrived, len(self._body)) > self._most:
                    raise too_large(self._most)
        except zlib.error as exc:
            raise FetchFailed("The body is not packed as its server says.") from exc

    def finish(self) -> bytes:
        """The whole body.

        Raises:
            FetchFailed: If its end is missing.
        """
        if self._unpacker is not None and self._arrived and not self._unpacker.eof:
            raise FetchFailed("The packed body ends too early.", hint="Try again later.")
        return bytes(self._body)

    @property
    def so_far(self) -> bytes:
        """What was unpacked within the limit."""
        return bytes(self._body[: self._most])

    def _unpack(self, data: bytes) -> bytes:
        """Unpack one step; what is left of the data."""
        if self._unpacker is None:
            self._body += data
            return b""
        if self._unpacker.eof:
            if data == _GZIP_MAGIC[:1]:  # the next byte tells
                self._held = data
                return b""
            if not data.startswith(_GZIP_MAGIC):
                return b""  # padding behind the end
            self._next_member()
        self._body += self._unpacker.decompress(data, _STEP)
        return self._unpacker.unused_data or self._unpacker.unconsumed_tail

    def _next_member(self) -> None:
        """Begin a further member (RFC 1952, section 2.2); thousands of empty ones are an attack."""
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise FetchFailed(f"The body is packed in more than {_MOST_MEMBERS} parts.")
        self._unpacker = zlib.decompressobj(_EITHER)


def gunzip(data: bytes, most: int) -> bytes:
    """Unpack data that begins like gzip; other data is given back.

    Raises:
        TooLarge: If it unpacks to more than `most` bytes.
        FetchFailed: If it is broken.
    """
    if not data.startswith(_GZIP_MAGIC):
        return data
    inflater = Inflater("gzip", most)
    inflater.feed(data)
    return inflater.finish()


def too_large(most: int) -> TooLarge:
    """The error for a body over the limit."""
    return TooLarge(f"The page has more than {most / 2**20:.3g} MiB.", hint="Fetch a smaller page.")


def _is_packed(coding: str) -> bool:
    name = coding.strip().lower()
    if name in ("gzip", "x-gzip", "deflate"):
        return True
    if name in ("", "identity"):
        return False
    raise FetchFailed(f"The body is packed as {coding[:40]!r}, which nobody asked for.")
