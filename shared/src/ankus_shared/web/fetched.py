"""What a fetch is bounded by, and what it gives."""

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message

import httpx2

MIB = 2**20
KEPT_HEADERS = ("content-language", "date", "etag", "last-modified", "link", "x-robots-tag")
_PLAIN = re.compile(r"[\x20-\x7e]{1,1000}")


@dataclass(frozen=True)
class FetchLimits:
    """Bounds of every fetch."""

    seconds: float = 30.0
    """For the whole fetch: robots.txt, redirects and the body."""
    body_bytes: int = 5 * MIB
    """Of a body, packed and unpacked."""
    redirects: int = 5
    content_types: tuple[str, ...] = ("text/html", "application/xhtml+xml", "text/plain")
    """What is read where the caller does not say; an empty tuple for everything."""
    robots: bool = True
    """Whether robots.txt is obeyed."""
    delay: float = 0.0
    """Seconds between two fetches from one host; robots.txt may ask for more."""
    longest_delay: float = 10.0
    """What robots.txt may ask for at most."""


@dataclass(frozen=True)
class Fetched:
    """A page as it arrived."""

    final_url: str
    """After all redirects, without a fragment."""
    status: int
    """200 or another of success; 304 where the caller's copy is still the current one."""
    content_type: str
    """Lower case, without parameters."""
    charset: str
    """What the server says, in lower case; "" where it says nothing."""
    body: bytes = field(repr=False)
    """Unpacked, not decoded."""
    retrieved: datetime.datetime
    headers: Mapping[str, str]
    """Those of KEPT_HEADERS that there were, names in lower case."""

    @property
    def unchanged(self) -> bool:
        """Whether the copy that the caller has is still the current one."""
        return self.status == 304

    @property
    def validator(self) -> str:
        """What to hand to the next fetch of this page, so that an unchanged one is not sent; or ""."""
        etag, modified = (self.headers.get(name, "") for name in ("etag", "last-modified"))
        return json.dumps([self.final_url, etag, modified]) if etag or modified else ""


def fetched(url: httpx2.URL, response: httpx2.Response, body: bytes) -> Fetched:
    """Put an answer and its body together."""
    content_type, charset = media_type(response)
    return Fetched(
        final_url=str(url),
        status=response.status_code,
        content_type=content_type,
        charset=charset,
        body=body,
        retrieved=datetime.datetime.now(datetime.UTC),
        headers={name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
    )


def media_type(response: httpx2.Response) -> tuple[str, str]:
    """The content type and its charset, in lower case; "" for what is not said."""
    value = response.headers.get("content-type", "")
    if not value:
        return "", ""
    message = Message()
    message["content-type"] = value
    charset = message.get_param("charset", "")
    kind = value.partition(";")[0].strip().lower()
    return kind, charset.lower() if isinstance(charset, str) else ""


def conditions(validator: str, url: httpx2.URL) -> dict[str, str]:
    """The headers that ask for a page only if it changed, for the URL that the validator is of."""
    try:
        known, etag, modified = map(str, json.loads(validator or "[]"))
    except (ValueError, TypeError):  # none, or not one of ours: fetch it all
        return {}
    if known != str(url):
        return {}
    headers = {"If-None-Match": etag, "If-Modified-Since": modified}
    return {name: value for name, value in headers.items() if _PLAIN.fullmatch(value)}
