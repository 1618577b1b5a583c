"""A URL from outside -> the one `httpx2.URL` that is judged, requested and shown.

It is read once, by the class of the client itself, so that no second reader can take it for something else.
"""

import re
import unicodedata

import httpx2

from ankus_shared.web.errors import BadUrl, shown

_HINT = "Give the address of a page as a browser shows it, such as https://www.postgresql.org/docs/."
_NAME = re.compile(r"(?=.{1,254}\Z)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
_QUAD = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_DIVIDERS = ("Cc", "Zl", "Zp")
LONGEST = 8_000
"""Characters of a URL; no server has to read more (RFC 9110, section 4.1)."""


def parse(text: str, base: httpx2.URL | None = None) -> httpx2.URL:
    """Read a URL, or a redirect's reference to one.

    Raises:
        BadUrl: If it is not http(s), or has a login, a backslash, control characters or an odd host.
    """
    _check_characters(text)
    try:
        url = (httpx2.URL(text) if base is None else base.join(text)).copy_with(fragment=None)
    except (httpx2.InvalidURL, ValueError) as exc:
        raise BadUrl(f"{shown(text)} is not a URL.", hint=_HINT) from exc
    _check_parts(url)
    return url


def host_of(url: httpx2.URL) -> str:
    """The host as it goes over the wire: IDNA, lower case, an IPv6 address without its brackets."""
    return url.raw_host.decode("ascii")


def origin_of(url: httpx2.URL) -> tuple[str, str, int]:
    """Scheme, host and port (RFC 6454)."""
    return url.scheme, host_of(url), port_of(url)


def port_of(url: httpx2.URL) -> int:
    """The port, also where the URL leaves it to the scheme."""
    return url.port if url.port is not None else 443 if url.scheme == "https" else 80


def _check_characters(text: str) -> None:
    if len(text) > LONGEST:
        raise BadUrl(f"The URL has more than {LONGEST:,} characters.", hint=_HINT)
    if "\\" in text:  # a browser reads it as a slash, others do not
        raise BadUrl("There is a backslash in the URL.", hint=_HINT)
    if any(unicodedata.category(char) in _DIVIDERS for char in text):
        raise BadUrl("There are control characters in the URL.", hint=_HINT)


def _check_parts(url: httpx2.URL) -> None:
    if url.scheme not in ("http", "https"):
        raise BadUrl(f"The URL begins with {url.scheme[:20]!r}, not with http or https.", hint=_HINT)
    if url.userinfo:  # never shown: it may be a password
        raise BadUrl("There is a login in the URL.", hint="Leave out what stands before the @ of the host.")
    if not _is_host(host_of(url)):
        raise BadUrl(f"{shown(str(url))} has no proper host.", hint=_HINT)
    if not 0 < port_of(url) < 65_536:
        raise BadUrl(f"{port_of(url)} is not a port.", hint=_HINT)


def _is_host(host: str) -> bool:
    """Whether it is a name, or an address in its one usual form.

    Numbers that only some readers take for an address (2130706433, 0x7f.1, 127.1) are neither: the last
    label of a name is never a number (URL Standard, 'ends in a number').
    """
    if ":" in host:  # an IPv6 address: the class has checked it
        return True
    if not _NAME.fullmatch(host):
        return False
    last = host.rstrip(".").rpartition(".")[2]
    return bool(_QUAD.fullmatch(host)) or not _NUMBER.fullmatch(last)
