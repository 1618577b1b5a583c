"""What is never remembered: secrets, whoever asks for it, and texts that are no single fact."""

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise

from ankus_runner.memory.errors import BadFact, SecretRefused
from ankus_runner.traces.redact import Redactor

ADVICE = "Leave it out: remember where it is kept, or nothing. Do not try it in other words."
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])")
_TOLD = re.compile(
    # what a secret is called, at most six words, then what it is; or the word right behind its name
    r"(?i)\b(?:pass(?:word|code|phrase)s?|pwd|pin|cvv|парол\w*|пин(?:-?код\w*)?|(?:access|api) (?:key|token)"
    r"|(?:client )?secret key|client secret|токен\w*|ключ\w* (?:доступа|api))"
    r"(?:(?:\s+\S+){0,6}?\s*(?:\s(?:is|are|was|это|-)\s|[:=—–])\s*(?P<told>\S{3,})|\s+(?P<behind>\S{4,}))"
)
_ORDINARY = frozenset(
    "a an the not no in on at kept stored saved held required needed changed rotated reset expired hashed"
    " encrypted unknown longer shorter never always only set policy manager managers хранится хранятся лежит"
    " меняется нужен неизвестен".split()
)
"""What may stand where a password would: it tells of one, and is none."""
_RANDOM = re.compile(r"[A-Za-z0-9+_=-]{24,}")
_KINDS_IN_RANDOM = 3


@dataclass(frozen=True)
class Refusal:
    """What a text has to be to be kept.

    Args:
        longest: In characters.
        redactor: The rules of the traces, with the secrets that are known by value.
    """

    longest: int
    redactor: Redactor = field(default_factory=Redactor)

    def checked(self, text: str) -> str:
        """The text on one line, if it may be kept.

        Raises:
            BadFact: It is empty, or too long.
            SecretRefused: It holds what looks like a secret; which is not repeated.
        """
        kept = " ".join("".join(map(_seen, text)).split())
        if not kept:
            raise BadFact("There is nothing to remember.", hint="Write the fact as one sentence.")
        if len(kept) > self.longest:
            raise BadFact(
                f"The fact has {len(kept)} characters; at most {self.longest} are kept.",
                hint="Write it as one short sentence, or as several facts.",
            )
        # a key that spans lines is known by its lines
        if kind := secret_kind(text.strip(), self.redactor) or secret_kind(kept, self.redactor):
            raise SecretRefused(f"This holds what looks like {kind}, which is never remembered.", hint=ADVICE)
        return kept


def _seen(char: str) -> str:
    """A character without what no reader sees, and without what steers a terminal."""
    return char if char.isprintable() else "" if unicodedata.category(char) == "Cf" else " "


def secret_kind(text: str, redactor: Redactor) -> str:
    """What kind of secret a text holds; "" for none."""
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
    if redactor.text(clean) != clean:
        return "a key, a token or a password"
    if any(_is_card(found.group()) for found in _DIGITS.finditer(text)):
        return "the number of a payment card"
    if any(_is_told(found) for found in _TOLD.finditer(text)):
        return "a password or a token"
    return "a random key" if any(_is_random(found.group()) for found in _RANDOM.finditer(text)) else ""


def _is_told(found: re.Match[str]) -> bool:
    """Whether what follows the name of a secret is one; right behind it, what is no word."""
    value = (found["told"] or found["behind"]).strip("\"'«».,;!?()")
    if len(value) < 3 or value.casefold() in _ORDINARY:
        return False
    return found["told"] is not None or _is_no_word(value)


def _is_no_word(value: str) -> bool:
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    signs = any(char in "!@#$%^&*+=~?" for char in value)
    return value.isdigit() or (letters and (digits or signs))


def _is_card(digits: str) -> bool:
    """Luhn's check (ISO/IEC 7812-1, annex B) over 13 to 19 digits, as payment cards have."""
    numbers = [int(char) for char in digits if char.isdigit()][::-1]
    doubled = sum(sum(divmod(2 * number, 10)) for number in numbers[1::2])
    return (sum(numbers[::2]) + doubled) % 10 == 0 and len(set(numbers)) > 1


def _is_random(word: str) -> bool:
    """Small and large letters and digits through each other, as no word and no name has them."""
    kinds = [any(map(test, word)) for test in (str.islower, str.isupper, str.isdigit)]
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(word))
    return sum(kinds) == _KINDS_IN_RANDOM and changes >= 4
