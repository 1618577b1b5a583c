"""What `search_code` looks for: how a query is read, and where it matches in bytes.

Regular expressions are RE2's: linear in the text whatever the pattern, so that none can hang the server;
they know no look-around and no back-references, and are matched line by line.
https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

import re2

from ankus_code_graph.errors import BadQuery

Mode = Literal["auto", "text", "regex", "meaning"]
Finder = Callable[[bytes], Iterator[int]]
"""The offsets at which something matches in a piece of a file, ascending."""

_MEMORY = 32 << 20
"""Bytes that RE2 may use for one pattern; it becomes slower, not wrong, where that is little."""
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_REGEX = re.compile(r"\\[bBdDsSwW.(){}\[\]|*+?^$]|\.[*+]|\(\?|\[\^|\w\|\w|\)[*+?]|\w\+|^\^|\$$|\[[a-z]-[a-z]")
_CODE = re.compile(r"[_(){}\[\]<>;=&|*#\"/%:]|->|\.\w|\w[a-z][A-Z]|\d")


def read_mode(query: str) -> Mode:
    """Which search a query asks for by its form: prose is meaning, a name or code is text."""
    if _REGEX.search(query):
        return "regex"
    if _IDENTIFIER.fullmatch(query) or _CODE.search(query):
        return "text"
    return "meaning"


def text_finder(query: str, *, ignore_case: bool = False) -> Finder:
    """Where `query` stands as it is written, which may be several lines."""
    if ignore_case:
        return _regex_finder(re2.escape(query), case_sensitive=False)
    wanted = query.encode("utf-8", "surrogateescape")

    def find(data: bytes) -> Iterator[int]:
        place = data.find(wanted)
        while place >= 0:
            yield place
            place = data.find(wanted, place + len(wanted))

    return find


def regex_finder(query: str) -> Finder:
    """Where a regular expression matches within a line.

    Raises:
        BadQuery: If it is none, or asks for what RE2 does not do.
    """
    if "\n" in query or re.search(r"(?<!\\)(\\\\)*\\n", query):
        raise BadQuery(
            "A regular expression is matched line by line; this one asks for a line break.",
            hint="Search for the rarer line alone, or with mode=text for the lines as they are.",
        )
    return _regex_finder(query)


def _regex_finder(query: str, *, case_sensitive: bool = True) -> Finder:
    options = re2.Options()
    options.never_nl, options.never_capture, options.log_errors = True, True, False
    options.case_sensitive, options.max_mem = case_sensitive, _MEMORY
    try:
        compiled = re2.compile(b"(?m)" + query.encode(), options)
    except (re2.error, UnicodeEncodeError) as error:
        raise BadQuery(
            f"The regular expression is not understood: {_reason(error)}.",
            hint="RE2 syntax, without look-around and back-references; mode=text takes the query as it is.",
        ) from error
    return lambda data: (match.start() for match in compiled.finditer(data))


def _reason(error: Exception) -> str:
    reason = error.args[0]
    return reason.decode(errors="replace") if isinstance(reason, bytes) else "it is no valid Unicode"
