"""Bytes -> text: byte order mark, the sender's charset, UTF-8, the file's own, then a good guess.

UTF-8 goes before what a file says of itself: a page about charsets names many, and no text in another
one is valid UTF-8 by accident.
"""

import codecs
import re
from typing import NoReturn

from charset_normalizer import from_bytes

from ankus_docs_rag.errors import BadSource

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_HEAD = 2048
_GUESSED_FROM = 256 << 10


def decode(data: bytes | str, name: str, declared: str = "") -> str:
    """The text of a file.

    Args:
        name: The file, for the error.
        declared: A charset that its sender named; what the file itself declares comes after it.

    Raises:
        BadSource: If it is binary, or in a charset that cannot be told.
    """
    if isinstance(data, str):
        return data
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return _decoded(data, charset) or _refuse(name, f"starts like {charset} but is not")
    if b"\0" in data[:_GUESSED_FROM]:
        _refuse(name, "is binary, not text")
    for charset in (declared, "utf-8", _declared_in(data)):
        text = _decoded(data, charset) if charset else None
        if text is not None:
            return text
    return _guessed(data, name)


def _declared_in(data: bytes) -> str:
    found = _DECLARED.search(data[:_HEAD])
    return found[1].decode("ascii") if found else ""


def _decoded(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, LookupError):
        return None


def _guessed(data: bytes, name: str) -> str:
    best = from_bytes(data[:_GUESSED_FROM]).best()
    text = _decoded(data, best.encoding) if best else None
    if text is None:
        _refuse(name, "is in a charset that cannot be told")
    return text


def _refuse(name: str, what: str) -> NoReturn:
    raise BadSource(f"{name} {what}.", hint="Convert it to UTF-8, or exclude it.")
