"""Secrets leave a record before it is written: by what they look like, by what they are called, by value.

Whatever is found is replaced by `***`; the rest of the text stays as it was.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from ankus_shared.errors import SettingsError

HIDDEN = "***"
LONGEST = 200_000
"""Characters that are kept of one text; of a longer one, its head and its tail."""
LONGEST_SECRET = 4_000
"""What is thrown away at a cut, so that no half of a secret escapes its rule."""
SHORTEST_VALUE = 6
"""A known secret that is shorter would blank out ordinary words."""

_NAMES = (
    r"pass(?:word|wd|phrase)|pwd|secrets?|token|api[_-]?keys?|(?:set-)?cookie|credentials?|dsn"
    r"|(?:private|secret|access|account|encryption|signing)[_-]?keys?|connection[_-]?string"
)
_SECRET_NAME = re.compile(rf"(?i)(?:^|[_.\- ])(?:{_NAMES}|authorization)$|(?:password|secret|apikey|token)$")
_PEM = r"-----{} [A-Z ]*PRIVATE KEY-----"
_MAKERS = (
    r"sk-[\w-]{16,}|gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|hf_\w{20,}|npm_\w{20,}|[rs]k_(?:live|test)_\w{16,}"
)
"""OpenAI, GitHub, GitLab, Slack, AWS, Google, Hugging Face, npm, Stripe."""
_VALUE = (
    # in double quotes, which JSON within JSON escapes: the end has as many backslashes as the beginning
    r"""(?P<q>\\*)"[\s\S]*?(?:(?<!\\)(?P=q)"|\Z)"""
    r"""|'(?:[^']|'')*(?:'|\Z)"""
    r"""|[^\s"',;&\\}\])]{1,4000}"""
)
_RULES = tuple(
    re.compile(rule)
    for rule in (
        # RFC 7468; a head or a tail of a key that was cut is a key too
        rf"(?P<hide>{_PEM.format('BEGIN')}[\s\S]*?(?:{_PEM.format('END')}|\Z))",
        rf"(?:\A|…\n)(?P<hide>[A-Za-z0-9+/=\s]*{_PEM.format('END')})",
        r"\b(?P<hide>eyJ[\w-]{8,4000}\.[\w-]{8,4000}\.[\w-]*)",  # JSON Web Tokens, RFC 7519
        rf"\b(?P<hide>{_MAKERS})",
        r"://[^\s:/@]{0,200}:(?P<hide>[^\s@]{1,500})@",
        r"(?i)\b(?:basic|bearer|digest|negotiate)\s+(?P<hide>[\w.~+/=:-]{8,})",
        r"(?i)authorization\\*[\"']?\s*[:=]\s*\\*[\"']?(?P<hide>[^\s\"'\\][^\r\n\"'\\]*)",  # RFC 9110
        r"(?im)^\s*(?:set-)?cookie\s*:\s*(?P<hide>\S.*)$",
        r"(?i)\bpassword\s+(?:E|U&)?(?P<hide>'(?:[^']|'')*(?:'|\Z))",  # SQL: CREATE ROLE … PASSWORD 'x'
        # a name in front of it; matched without being read, so that a value may begin with another name
        rf"""(?i)(?=(?:{_NAMES})\\*["']?\s*(?:=>|[:=])\s*(?P<hide>{_VALUE}))""",
    )
)
_GAP = re.compile(r"\n… \d+ characters left out …\n")


@dataclass(frozen=True)
class Redactor:
    """What is taken out of every record.

    Args:
        values: Secrets that are known, such as the runner's own key.
        patterns: The user's own rules.
    """

    values: tuple[str, ...] = field(default=(), repr=False)
    patterns: tuple[re.Pattern[str], ...] = ()

    def text(self, text: str) -> str:
        """`text` without secrets, without what PostgreSQL cannot keep, and not too long."""
        text = shortened(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
        text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates
        for value in self.values:
            text = text.replace(value, HIDDEN)
        found = [match.span("hide") for rule in _RULES for match in rule.finditer(text)]
        found += [match.span() for rule in self.patterns for match in rule.finditer(text)]
        return _without(text, [*found, *_cut_words(text)])

    def json(self, value: Any) -> Any:
        """The same for whatever JSON can hold; what has a secret's name is hidden whole."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._named(str(key), part) for key, part in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
            return [self.json(part) for part in value]
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float) and value == value and abs(value) != float("inf"):
            return value
        return self.text(str(value))

    def _named(self, key: str, value: Any) -> Any:
        if _SECRET_NAME.search(key) and isinstance(value, str | Mapping | list | tuple) and value:
            return HIDDEN
        return self.json(value)


def redactor(own: Iterable[str], rules: Path | None = None) -> Redactor:
    """A redactor that knows secrets by value, in each way that they may be written, and the rules of a file.

    Args:
        own: Known secrets.
        rules: A file with a regular expression a line; `#` begins a comment.

    Raises:
        SettingsError: The file cannot be read, or holds what is no regular expression.
    """
    values = {value for value in own if len(value) >= SHORTEST_VALUE}
    forms = {form for value in values for form in (value, json.dumps(value)[1:-1], quote(value, safe=""))}
    ordered = tuple(sorted(forms, key=len, reverse=True))  # one may be a part of another
    return Redactor(ordered, tuple(_patterns(rules)) if rules is not None else ())


def _patterns(path: Path) -> Iterable[re.Pattern[str]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Cannot read {path}: {type(error).__name__}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            try:
                yield re.compile(line)
            except re.error as error:
                raise SettingsError(f"{path}:{number} is no regular expression: {error}.") from error


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """The values of variables that are named like secrets, and the passwords in those that hold a URL."""
    folders = {"PWD", "OLDPWD"}  # the shell's, of no secret
    found = [
        value for name, value in environment.items() if _SECRET_NAME.search(name) and name not in folders
    ]
    urls = re.findall(r"://[^\s:/@]*:([^\s@]+)@", "\n".join(environment.values()))
    return [*found, *urls, *map(unquote, urls)]


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """`text` with each place hidden; all were found in the same text, so that no rule hides another's."""
    parts, done = [], 0
    for start, end in sorted(places):
        if start >= done and end > start:
            parts += [text[done:start], HIDDEN]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def _cut_words(text: str) -> Iterable[tuple[int, int]]:
    """The words beside a gap, of which a half is missing, and with it what they would be known by."""
    for gap in _GAP.finditer(text):
        before = text[max(gap.start() - LONGEST_SECRET, 0) : gap.start()]
        after = text[gap.end() : gap.end() + LONGEST_SECRET]
        if before and not before[-1].isspace():
            yield gap.start() - len(before.split()[-1]), gap.start()
        if after and not after[0].isspace():
            yield gap.end(), gap.end() + len(after.split()[0])


def shortened(text: str) -> str:
    """At most about `LONGEST` characters; what is next to the cut is left out up to a blank."""
    if len(text) <= LONGEST:
        return text
    head, tail = text[: LONGEST * 3 // 4], text[-LONGEST // 4 :]
    head = head[: max(head.rfind(" "), head.rfind("\n"), len(head) - LONGEST_SECRET)]
    blank = min((at for at in (tail.find(" "), tail.find("\n")) if at >= 0), default=LONGEST_SECRET)
    tail = tail[min(blank, LONGEST_SECRET) :]
    return f"{head}\n… {len(text) - len(head) - len(tail)} characters left out …\n{tail}"
