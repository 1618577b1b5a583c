"""Words: names taken apart, and each word as keys that its other forms share, in Russian and English.

A key is a stem of an English word, the dictionary form of a Russian one, or, behind a `~`, how a Russian
word sounds: `zakazy` and `заказов` meet in `~заказ`. Behind a `#` stand the consonants of a word, by which
`cstmr` meets `customer`.
"""

import re
from functools import cache, lru_cache
from itertools import pairwise
from threading import Lock
from typing import Any

import pymorphy3  # type: ignore[import-untyped]
import snowballstemmer

_CYRILLIC = re.compile(r"[а-яё]")
_TOKEN = re.compile(r"\w+", re.UNICODE)
_SOUNDS = {
    "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "ju": "ю",
    "iu": "ю", "ya": "я", "ja": "я", "ia": "я", "yo": "е", "jo": "е", "ye": "е", "je": "е", "iy": "ий",
    "ij": "ий", "a": "а", "b": "б", "c": "ц", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с",
    "t": "т", "u": "у", "v": "в", "w": "в", "x": "кс", "y": "ы", "z": "з",
}  # fmt: skip
_SOUND = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_ALIKE = str.maketrans({"ё": "е", "й": "и", "ы": "и", "э": "е", "щ": "сч", "ь": None, "ъ": None})
_LIKELY = 0.1
"""Readings of a Russian word below this probability are left out."""
_SHORTEST_SOUND = 3
_STEMMING = Lock()
"""The stemmers keep the word in themselves, and indexes are made in threads."""


def split_name(name: str) -> list[str]:
    """The words of a name, in lower case: `customerID2`, `customer_id_2` and `Customer Id 2` are one."""
    return [word.lower() for token in _TOKEN.findall(name) for word in _parts(token)]


@lru_cache(maxsize=50_000)
def _parts(token: str) -> tuple[str, ...]:
    """The runs of a token: of letters, split where capitals begin a word, and of digits."""
    starts = [0, *(place for place in range(1, len(token)) if _begins_word(token, place)), len(token)]
    words = (token[start:end].strip("_") for start, end in pairwise(starts))
    return tuple(word for word in words if word)


def _begins_word(token: str, place: int) -> bool:
    before, here, after = token[place - 1], token[place], token[place + 1 : place + 2]
    if "_" in (before, here) or before.isdecimal() != here.isdecimal():
        return True
    # the last capital of several begins a word: HTTPServer is HTTP and Server
    return here.isupper() and (before.islower() or (before.isupper() and after.islower()))


@lru_cache(maxsize=50_000)
def keys(word: str) -> frozenset[str]:
    """The keys of one word of a question, a name, a comment or a value."""
    found = written_keys(word)
    return found | _sounds(found) if _CYRILLIC.search(word.lower()) else found


@lru_cache(maxsize=50_000)
def written_keys(word: str) -> frozenset[str]:
    """The keys of a word as it is written, without how it sounds."""
    word = word.lower().replace("ё", "е")
    if not word or word[0].isdecimal():
        return frozenset({word} if word else ())
    return _dictionary_forms(word) if _CYRILLIC.search(word) else frozenset({_stemmed(_english(), word)})


@lru_cache(maxsize=50_000)
def name_keys(word: str) -> frozenset[str]:
    """The keys of a word in a name, which may be Russian in Latin letters or cut to its consonants."""
    found = keys(word)
    if word.isascii() and word.isalpha():
        guess = _as_russian(word)
        bare = {f"#{word}"} if len(word) > 2 and not set(word[1:]) & set("aeiouy") else set()
        found = found | bare | _sounds(_dictionary_forms(guess)) | {f"~{guess.translate(_ALIKE)}"}
    return found


def russian_reading(word: str) -> str | None:
    """The Russian word that one in Latin letters spells, if it is one: `klientam` is `клиентам`."""
    guess = _as_russian(word)
    return guess if word.isascii() and word.isalpha() and _russian().word_is_known(guess) else None


def consonants(word: str) -> str:
    """The key by which a name may abbreviate an English word: its first letter and its consonants."""
    return f"#{word[:1]}{re.sub('[aeiouy]', '', word[1:])}"


def _dictionary_forms(word: str) -> frozenset[str]:
    if not _russian().word_is_known(word):
        return frozenset({_stem(word)})
    readings = _russian().parse(word)
    return frozenset(
        reading.normal_form.replace("ё", "е") for reading in readings if reading.score >= _LIKELY
    )


def _sounds(words: frozenset[str]) -> frozenset[str]:
    """The keys of how Russian words sound; none for very short ones, which would meet by chance."""
    stems = {_stem(word).translate(_ALIKE) for word in words}
    return frozenset(f"~{stem}" for stem in stems if len(stem) >= _SHORTEST_SOUND)


def _as_russian(word: str) -> str:
    """A word in Latin letters as a Russian would read it, by the common transliterations."""
    return _SOUND.sub(lambda match: _SOUNDS[match[0]], word)


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return _stemmed(_snowball(), word)


def _stemmed(stemmer: Any, word: str) -> str:
    with _STEMMING:
        return str(stemmer.stemWord(word))


@cache
def _russian() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer()


@cache
def _snowball() -> snowballstemmer.RussianStemmer:
    return snowballstemmer.stemmer("russian")


@cache
def _english() -> snowballstemmer.EnglishStemmer:
    return snowballstemmer.stemmer("english")
