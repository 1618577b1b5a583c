"""Characters that a person sees: what cannot be seen, or stored, is taken out."""

import re

_BIDI = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
_EMPTY = [0x00AD, 0x200B, 0x2060, 0xFEFF, *range(0x2061, 0x2065), *range(0xE0000, 0xE0080)]
_CONTROLS = [*(code for code in range(0x20) if code not in (0x09, 0x0A)), *range(0x7F, 0xA0)]
_GONE = re.compile("[" + "".join(f"\\U{code:08X}" for code in (*_BIDI, *_EMPTY, *_CONTROLS)) + "]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
_SPACES = re.compile("[ \t\r\n\f\u00a0]+")


def clean(text: str) -> str:
    """The text with plain line ends, and without controls, bidirectional marks and lone surrogates.

    PostgreSQL keeps no NUL and UTF-8 no lone surrogate; marks without width can hide text from a reader.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _GONE.sub("", _LINE_END.sub("\n", text)).replace("\u00a0", " ")
    return _SURROGATE.sub("\ufffd", text)


def collapse(text: str) -> str:
    """White space as a browser shows it: each run is one space."""
    return _SPACES.sub(" ", text)


def one_line(text: str) -> str:
    """All of it in one line, without white space around it."""
    return " ".join(text.split())
