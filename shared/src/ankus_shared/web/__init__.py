"""Pages of the web, fetched so that nobody can lead us into a private network or drown us.

Needs the extra `web`: `pip install 'ankus-shared[web]'`.

    urls         a URL is read once, and odd ones are refused
    addresses    the table of what is not the public internet
    guard        lists of hosts; every address of a name is judged
    transport    connections go to the judged address, Host and TLS keep the name
    inflate      decompression that stops at the limit
    robots, pace what a site asks of machines
    fetcher      all of it together
"""

from ankus_shared.web.addresses import Network, refusal
from ankus_shared.web.errors import (
    BadStatus,
    BadUrl,
    BlockedAddress,
    BlockedHost,
    FetchFailed,
    FetchTimeout,
    NotAllowedByRobots,
    TooLarge,
    TooManyRedirects,
    UnsupportedContent,
)
from ankus_shared.web.fetched import Fetched, FetchLimits
from ankus_shared.web.fetcher import Fetcher
from ankus_shared.web.guard import Guard, Resolver, system_resolver
from ankus_shared.web.inflate import gunzip
from ankus_shared.web.urls import host_of, parse

__all__ = [
    "BadStatus",
    "BadUrl",
    "BlockedAddress",
    "BlockedHost",
    "FetchFailed",
    "FetchLimits",
    "FetchTimeout",
    "Fetched",
    "Fetcher",
    "Guard",
    "Network",
    "NotAllowedByRobots",
    "Resolver",
    "TooLarge",
    "TooManyRedirects",
    "UnsupportedContent",
    "gunzip",
    "host_of",
    "parse",
    "refusal",
    "system_resolver",
]
