"""The analyser: a text in English, Russian or both as the list of terms it is found by.

Ordinary words are folded and stemmed by Snowball (Porter 2001), each by the rules of its own script. An
identifier is kept whole, in lower case, and its parts are added as stemmed words: `max_wal_size` is also
found by `wal`.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

WORD_DIMENSIONS = 1_000_000_000
"""What pgvector's sparse vectors have at most."""
_LONGEST = 80
"""Characters of a term; what is longer is data, such as a key in base64."""
_ABBREVIATED = frozenset({"e.g", "i.e"})

_TOKEN = re.compile(
    r"""
      (?<![\w-])--?[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*        # a command-line option
    | \$?[A-Za-z_][A-Za-z0-9_$]*(?:\.[A-Za-z_][A-Za-z0-9_$]*)*     # a word or a dotted name
      (?![^\W\u0400-\u04FF])
    | [0-9]+(?:\.[0-9]+)+[A-Za-z0-9]*                              # a version, or a number with a fraction
    | [\u0400-\u04FF]+                                             # a Cyrillic word
    | [^\W\u0400-\u04FF]+                                          # any other word or number
    """,
    re.VERBOSE,
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z]{2})(?=[A-Z][a-z]{2})")
_PART = re.compile(r"[^\W\d_]+|\d+")
_ERROR_CODE = re.compile(r"[0-9][0-9A-Z]{4}")
_CYRILLIC = re.compile("[\u0400-\u04ff]")

STOP_WORDS = frozenset(
    # articles, pronouns, auxiliaries, prepositions, and what is left of a contraction
    """a about all also am an and any are aren as at be because been before being both but by can could
    couldn d did didn do does doesn doing don each few for from further had hadn has hasn have haven
    having he her here hers him his how i if in into is isn it its itself just let ll m me might more
    most must my no nor not of off on once only or other our ours out own please re s same shall she
    should shouldn so some such t than that the their theirs them then there these they this those
    through to too under until up us ve very was wasn we were weren what when where which while who whom
    why will with won would wouldn you your yours
    без более больше бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для
    до его ее если есть еще же за здесь и из или им ими их к как какая какие какими каких какого какое
    какой каком какую ко когда которая которого которое которой котором которую которые который которых
    кто ли либо лишь мне можно мой моя мы на над надо нам нас не него нее ней нельзя нет ни них но ну
    нужно о об обо один он она они оно от очень по под пожалуйста почему при про с сам себя сколько со
    так такая также такие такое такой там тем то того тоже той только том ту тут ты у уже чего чем что
    чтобы чуть эта эти этих это этого этой этом этот эту я""".split()
)
"""As they are written, folded, with ё as е."""


def terms_of(text: str) -> list[str]:
    """The terms of a text in its order; an identifier's parts follow it."""
    return [term for token in _TOKEN.findall(text) for term in _terms(token)]


def spelled_terms(text: str) -> Iterator[tuple[str, str]]:
    """The ordinary words of a text: each term beside the word that it was made of, folded."""
    for token in _TOKEN.findall(text):
        terms = _terms(token)
        if len(terms) == 1:
            yield terms[0], _folded(token)


@lru_cache(maxsize=1 << 18)
def term_id(term: str) -> int:
    """The place of a term in a sparse vector: a stable hash, from 0 to WORD_DIMENSIONS - 1."""
    digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % WORD_DIMENSIONS


def is_cyrillic(term: str) -> bool:
    """Whether a term has a letter of that script."""
    return _CYRILLIC.search(term) is not None


@lru_cache(maxsize=1 << 18)
def _terms(token: str) -> tuple[str, ...]:
    whole = _folded(token)
    parts = _parts(token)
    if parts is None:
        return _ordinary(token)
    if len(token) > _LONGEST or whole in _ABBREVIATED or not _PART.search(token):
        return ()
    found = [term for part in parts for term in _terms(part) if term != whole]
    return tuple(dict.fromkeys([whole, *found]))


def _parts(token: str) -> list[str] | None:
    """What an identifier is made of; None where the token is an ordinary word or number."""
    if _CYRILLIC.search(token) or token.isdecimal():
        return None
    if _ERROR_CODE.fullmatch(token) or (token[0].isdecimal() and "." in token):
        return []
    if "." in token:
        return _long_enough(token.split("."))
    if token.startswith("-"):
        return _long_enough(token.strip("-").split("-"))
    # by underscores, humps of camelCase, and digits
    parts = [part for run in _HUMP.split(token) for part in _PART.findall(run)]
    return None if parts == [token] else _long_enough(parts)


def _long_enough(parts: list[str]) -> list[str]:
    return [part for part in parts if len(part) > 1 and not part.isdecimal()]


def _ordinary(token: str) -> tuple[str, ...]:
    word = _folded(token)
    if len(token) > _LONGEST:
        return ()
    # NOT, IN and ON are words of SQL
    shouted = len(token) > 1 and token.isupper() and token.isascii()
    if word in STOP_WORDS and not shouted:
        return ()
    return (_stem(word),)


def _folded(token: str) -> str:
    return token.casefold().replace("ё", "е")


def _stem(word: str) -> str:
    # a stemmer keeps what it works on, so that threads must not share one
    language = "russian" if _CYRILLIC.search(word) else "english"
    stem: str = snowballstemmer.stemmer(language).stemWord(word)
    return stem or word
