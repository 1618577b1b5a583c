"""What can go wrong when a page of the web is fetched; codes are stable.

AnkusError
├── BadUrl               bad_url: not an http(s) URL, or one that two readers could read differently
├── BlockedHost          blocked_host: a host that the allow and deny lists keep out
├── BlockedAddress       blocked_address: a host whose address is not on the public internet
├── NotAllowedByRobots   not_allowed_by_robots: the site's robots.txt asks machines to stay away
└── UnsupportedContent   unsupported_content: a content type that nobody asked for
LimitError
├── TooLarge             too_large: a body over the limit, or one that unpacks to more
├── TooManyRedirects     too_many_redirects: a chain of redirects that does not end
└── FetchTimeout         fetch_timeout: the time for the whole fetch is over
DependencyError
└── FetchFailed          fetch_failed: no such name, no connection, a broken answer
    └── BadStatus        bad_status: the server answered, but not with a page
"""

import re

from ankus_shared.errors import AnkusError, DependencyError, LimitError

_LONGEST_SHOWN = 200
_LOGIN = re.compile(r"//[^/]*@")


def shown(url: str) -> str:
    """A URL for a message: quoted, never long, without what may be a secret: its login and its query."""
    text = _LOGIN.sub("//", url).partition("#")[0].partition("?")[0]
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…")


class BadUrl(AnkusError):
    """Raised when a URL is not http(s), has a login in it, or characters that readers disagree about."""

    code = "bad_url"


class BlockedHost(AnkusError):
    """Raised when a host is on the deny list, or not on an allow list that there is."""

    code = "blocked_host"


class BlockedAddress(AnkusError):
    """Raised when a host has an address that is private, reserved or a cloud's metadata service."""

    code = "blocked_address"


class NotAllowedByRobots(AnkusError):
    """Raised when robots.txt forbids the page, or cannot be read because the site is failing."""

    code = "not_allowed_by_robots"


class UnsupportedContent(AnkusError):
    """Raised when the content type of an answer is not one of those that the caller can read."""

    code = "unsupported_content"


class TooLarge(LimitError):
    """Raised when a body is over the limit, before or after decompression."""

    code = "too_large"


class TooManyRedirects(LimitError):
    """Raised when one redirect follows another for longer than the limit."""

    code = "too_many_redirects"


class FetchTimeout(LimitError):
    """Raised when a page did not arrive whole within the time for one fetch."""

    code = "fetch_timeout"


class FetchFailed(DependencyError):
    """Raised when a name does not resolve, a connection fails, or an answer is not proper HTTP."""

    code = "fetch_failed"


class BadStatus(FetchFailed):
    """Raised when the server answers with an error, or a redirect that leads nowhere.

    Args:
        message: One sentence of what is wrong.
        status: The status of HTTP.
        hint: One sentence of what to do next.
    """

    code = "bad_status"

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status

    @property
    def gone(self) -> bool:
        """Whether the server says that there is no such page, and not only that it fails today."""
        return self.status in (404, 410)
