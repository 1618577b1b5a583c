"""The preprocessor's lines of a file: taken out of the text, so that the parser sees C alone.

A text is never moved: what is taken out becomes blanks, so that places and lines stay those of the file.
Where a file has alternatives (#else, #elif), the text is given in several views, in each of which every
conditional has taken one branch: a compiler sees one of them, and braces pair within each.
"""

import re
from dataclasses import dataclass, field
from functools import cache

MOST_VIEWS = 4
_DIRECTIVE = re.compile(
    rb"^[ \t\f]*#[ \t]*(?P<word>[a-z]+)(?P<rest>(?:[^\n\\]|\\(?!\r?\n)|\\\r?\n)*)", re.MULTILINE
)
_COMMENT = re.compile(rb"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_OPEN_COMMENT = re.compile(rb"/\*(?:(?!\*/).)*\Z", re.DOTALL)
_INCLUDE = re.compile(rb'\s*(?:"([^"\n]+)"|<([^>\n]+)>)')
_DEFINE = re.compile(rb"[ \t]+([A-Za-z_]\w*)(?:\(([^()]*)\))?(.*)", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_VISIBLE = re.compile(rb"[^\s]")
_NEVER = re.compile(r"^(0|defined\s*\(?\s*__cplusplus\s*\)?|__cplusplus)$")
_JOINED = re.compile(rb"\\\r?\n")
_NOISE_BODY = re.compile(
    r"(?:\s|__attribute__\s*\(\(.*\)\)|__declspec\s*\(.*\)|\[\[.*\]\]|_Noreturn|noreturn|inline|__inline(?:__)?"
    r"|__forceinline|static|extern|register|__restrict|restrict|volatile|__cdecl|__stdcall|WINAPI)*",
    re.DOTALL,
)
KEYWORDS = frozenset(
    b"if for while switch return sizeof else do case default goto typedef defined struct union enum".split()
)
_STATEMENT_CALL = re.compile(
    rb"^[ \t]+([A-Za-z_]\w*)[ \t]*(\([^;{}\n]*\))[ \t]*\n[ \t](?=[ \t]*[A-Za-z_])", re.MULTILINE
)

_MACRO_STRUCT = re.compile(
    rb"^([A-Z_]\w*\([^;{}()]{6,}\)[^;{}()\n]*)(\s*\{)(?=[^{}]*^\}[ \t]*\w+[ \t]*;)", re.MULTILINE
)

_TOP_CALL = re.compile(
    rb"^([A-Za-z_]\w*)\(((?:[^;{}()]|\([^;{}()]*\))*)\)[ \t]*(?:;[ \t]*)?\n(?![ \t\n]*[{:=])", re.MULTILINE
)
_ENDED = re.compile(rb"(?:\A|[;})/\n])[ \t]*\n\Z|\A\Z")
"""What stands before a call at file level; before a definition's name stands its type."""


@dataclass(frozen=True, slots=True)
class Define:
    """`#define`, as it stands in the text; continued lines are joined, comments gone."""

    name: str
    params: list[str] | None
    text: str
    start: int
    end: int
    """Places of its first and behind its last byte."""


@dataclass(slots=True)
class Branch:
    """The lines between two directives of one conditional."""

    condition: str
    number: int
    """Which of the conditional's branches it is, from 0."""
    start: int
    end: int
    own: str = ""
    """The text behind its directive."""


@dataclass(slots=True, eq=False)
class Chain:
    """One conditional: its branches, in order."""

    branches: list[Branch]
    inner: bool = False
    """Whether it stands within another."""


@dataclass(slots=True)
class Source:
    """A file without its preprocessor's lines."""

    data: bytes
    """The file with directives, and text that is never compiled, blanked out."""
    includes: list[tuple[str, bool, int]] = field(default_factory=list)
    """What is included, whether in angle brackets, and where."""
    defines: list[Define] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)
    """Names behind #undef."""

    def views(self) -> list[tuple[bytes, list[tuple[int, int]]]]:
        """The text for each alternative, with the places that only this view shows; none for the first."""
        most = min(MOST_VIEWS, 1 + max((branch.number for branch in self.branches), default=0))
        choices = [dict.fromkeys(self.chains, number) for number in range(most)]
        if any(chain.inner and len(chain.branches) > 1 for chain in self.chains):
            choices.append({chain: int(chain.inner) for chain in self.chains})
        return [self._view(choice) for choice in choices]

    def _view(self, choice: dict["Chain", int]) -> tuple[bytes, list[tuple[int, int]]]:
        text = bytearray(self.data)
        shown = []
        for chain, wanted in choice.items():
            taken = wanted if wanted < len(chain.branches) else 0
            for branch in chain.branches:
                if branch.number != taken:
                    blank(text, branch.start, branch.end)
                elif taken:
                    shown.append((branch.start, branch.end))
        return bytes(text), shown

    @property
    def branches(self) -> list[Branch]:
        """Those of all conditionals; outer ones first where they begin at the same place."""
        return sorted((one for chain in self.chains for one in chain.branches), key=lambda one: one.start)


def blank(text: bytearray, start: int, end: int) -> None:
    """Turn text into blanks, keeping the ends of lines."""
    text[start:end] = _VISIBLE.sub(b" ", bytes(text[start:end]))


def is_noise(text: str) -> bool:
    """Whether a macro's text stands for attributes and storage classes only, which tell the graph nothing."""
    return _NOISE_BODY.fullmatch(text) is not None


def without_noise(data: bytes, noise: frozenset[bytes]) -> bytes:
    """The text with the names of such macros, and their arguments, blanked out."""
    here = noise.intersection(_WORD.findall(data)) if noise else noise
    if not here:
        return data
    return _noise_pattern(here).sub(lambda match: _VISIBLE.sub(b" ", match[0]), data)


@cache
def _noise_pattern(names: frozenset[bytes]) -> re.Pattern[bytes]:
    """What matches one of the names, with the parentheses behind it if it has any."""
    words = b"|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rb"\b(?:" + words + rb")\b(?:[ \t]*\((?:[^()]|\([^()]*\))*\))?")


def with_semicolons(data: bytes) -> bytes:
    """A macro's call that no semicolon ends, as `foreach(x, y)` before a statement, gets one."""
    return _STATEMENT_CALL.sub(_with_semicolon, data)


def _with_semicolon(match: re.Match[bytes]) -> bytes:
    balanced = match[2].count(b"(") == match[2].count(b")")
    return match[0] if match[1] in KEYWORDS or not balanced else match[0][:-1] + b";"


def with_structs(data: bytes) -> bytes:
    """`MACRO(…) { fields } Name;` becomes a typedef of a struct, as PostgreSQL's CATALOG() is."""
    return _MACRO_STRUCT.sub(lambda match: b"typedef struct".ljust(len(match[1])) + match[2], data)


def without_calls(data: bytes) -> tuple[bytes, list[tuple[str, str, int]]]:
    """The text without the calls of macros at file level, whatever their arguments are, and these calls."""
    found: list[tuple[str, str, int]] = []

    def take(match: re.Match[bytes]) -> bytes:
        if match[1] in KEYWORDS or not _ENDED.search(data, max(0, match.start() - 200), match.start()):
            return match[0]
        found.append((match[1].decode(), match[2].decode("utf-8", "replace"), match.start(1)))
        return _VISIBLE.sub(b" ", match[0])

    return _TOP_CALL.sub(take, data), found


def read_source(data: bytes) -> Source:
    """Take the directives out of a file."""
    text = bytearray(data)
    source = Source(b"")
    stack: list[Chain] = []
    for match in _DIRECTIVE.finditer(data):
        start, end = match.span()
        if _in_comment(data, start):
            continue
        word, rest = match["word"], match["rest"]
        if opened := _OPEN_COMMENT.search(rest):  # a comment that goes on behind the line stays a comment
            end -= len(rest) - opened.start()
        blank(text, start, end)
        if word in (b"if", b"ifdef", b"ifndef"):
            stack.append(Chain([_branch(word, rest, end)]))
            source.chains.append(stack[-1])
        elif word in (b"elif", b"else") and stack:
            _next_branch(stack[-1], word, rest, start, end)
        elif word == b"endif" and stack:
            _close(stack.pop(), start, stack)
        elif word == b"include":
            _include(source, rest, start)
        elif word == b"define":
            _define(source, rest, start, end)
        elif word == b"undef":
            source.undefined.append(rest.strip().split()[0].decode() if rest.strip() else "")
    while stack:
        _close(stack.pop(), len(data), stack)
    _drop_guard(source, data)
    _drop_never(source, text)
    source.data = bytes(text)
    return source


def _in_comment(data: bytes, place: int) -> bool:
    """Whether a comment that was opened before is still open there."""
    return data.rfind(b"/*", 0, place) > data.rfind(b"*/", 0, place)


def _branch(word: bytes, rest: bytes, start: int) -> Branch:
    text = " ".join(_COMMENT.sub(b" ", _JOINED.sub(b" ", rest)).decode("utf-8", "replace").split())
    condition = {b"ifdef": f"defined({text})", b"ifndef": f"!defined({text})"}.get(word, text)
    return Branch(condition, 0, start, start, condition)


def _next_branch(chain: Chain, word: bytes, rest: bytes, start: int, end: int) -> None:
    chain.branches[-1].end = start
    branch = _branch(word, rest, end)
    negated = [_not(one.own) for one in chain.branches]
    branch.condition = " && ".join(negated if word == b"else" else [*negated, branch.own])
    branch.number = len(chain.branches)
    chain.branches.append(branch)


def _not(condition: str) -> str:
    """The condition's opposite."""
    if re.fullmatch(r"!defined\(\w+\)", condition):
        return condition[1:]
    return f"!{condition}" if re.fullmatch(r"defined\(\w+\)|\w+", condition) else f"!({condition})"


def _close(chain: Chain, end: int, stack: list[Chain]) -> None:
    chain.branches[-1].end = end
    chain.inner = bool(stack)


def _include(source: Source, rest: bytes, start: int) -> None:
    if found := _INCLUDE.match(rest):
        target = (found[1] or found[2]).decode("utf-8", "replace")
        source.includes.append((target, found[1] is None, start))


def _define(source: Source, rest: bytes, start: int, end: int) -> None:
    match = _DEFINE.match(rest)
    if match is None:
        return
    text = _COMMENT.sub(b" ", _JOINED.sub(b" ", match[3])).decode("utf-8", "replace").strip()
    params = None
    if match[2] is not None:
        joined = _JOINED.sub(b" ", match[2]).decode("utf-8", "replace")
        params = [name.strip() for name in joined.split(",") if name.strip()]
    source.defines.append(Define(match[1].decode(), params, text, start, end))


def _drop_guard(source: Source, data: bytes) -> None:
    """The conditional that guards a header against a second inclusion is no condition of what it holds."""
    if not source.chains or not source.defines:
        return
    chain, define = source.chains[0], source.defines[0]
    branch = chain.branches[0]
    between = _COMMENT.sub(b"", data[branch.start : define.start]).strip()
    if len(chain.branches) > 1 or branch.condition != f"!defined({define.name})" or define.text or between:
        return
    del source.chains[0], source.defines[0]
    for other in source.chains:
        other.inner = any(_holds(outer, other) for outer in source.chains if outer is not other)


def _holds(outer: Chain, inner: Chain) -> bool:
    return outer.branches[0].start <= inner.branches[0].start < outer.branches[-1].end


def _drop_never(source: Source, text: bytearray) -> None:
    """Blank out what no C compiler sees: `#if 0`, C++; its #else is then under no condition."""
    for chain in list(source.chains):
        first = chain.branches[0]
        if chain not in source.chains or not _NEVER.match(first.condition):
            continue
        blank(text, first.start, first.end)
        source.defines = [one for one in source.defines if not first.start <= one.start < first.end]
        source.includes = [one for one in source.includes if not first.start <= one[2] < first.end]
        source.chains = [one for one in source.chains if one is chain or not _within(first, one)]
        del chain.branches[0]
        for branch in chain.branches:
            branch.number -= 1
        if len(chain.branches) < 2:
            source.chains.remove(chain)


def _within(branch: Branch, chain: Chain) -> bool:
    return branch.start <= chain.branches[0].start < branch.end
