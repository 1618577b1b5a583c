"""Conditions of #if, judged as far as a source tree alone allows: true, false, or it depends."""

import re
from collections.abc import Callable

_WORD = re.compile(r"\s*(defined\s*\(\s*\w+\s*\)|defined\s+\w+|&&|\|\||!(?!=)|\(|\)|\w+|.)", re.DOTALL)
Defined = Callable[[str], bool | None]


_GIVEN = "__GNUC__ __linux__ __linux linux __x86_64__ __x86_64 __amd64__ __unix__ __ELF__"
_NOT_GIVEN = """
WIN32 _WIN32 _WIN64 __WIN32__ _MSC_VER __CYGWIN__ __MINGW32__ __MINGW64__ __APPLE__ __MACH__ __darwin__
_AIX __FreeBSD__ __NetBSD__ __OpenBSD__ __sun __sun__ __SUNPRO_C __SUNPRO_CC __IBMC__ __hpux __i386__
__i386 __arm__ __arm __aarch64__ __aarch64 __ppc__ __powerpc__ __ppc64__ __powerpc64__ __sparc__ __sparc
__mips__ __s390__ __s390x__ __riscv __ia64__ __alpha__ __m68k__ __vax__ __cplusplus"""
PLATFORM: dict[str, bool] = {
    **dict.fromkeys(_GIVEN.split(), True),
    **dict.fromkeys(_NOT_GIVEN.split(), False),
}
"""What a compiler predefines, on the platform that is assumed where a name has several definitions."""


def judge(condition: str, defined: Defined) -> bool | None:
    """Whether a condition holds; None where it depends on what is not known.

    Args:
        defined: Whether a name is defined, None where that depends.
    """
    if not condition:
        return True
    words = [word for word in _WORD.findall(condition) if word.strip()]
    words.reverse()
    found = _either(words, defined)
    return found if not words else None


def _either(words: list[str], defined: Defined) -> bool | None:
    found = _both(words, defined)
    while words and words[-1] == "||":
        words.pop()
        other = _both(words, defined)
        found = True if found or other else (None if found is None or other is None else False)
    return found


def _both(words: list[str], defined: Defined) -> bool | None:
    found = _one(words, defined)
    while words and words[-1] == "&&":
        words.pop()
        other = _one(words, defined)
        found = (
            False if found is False or other is False else (None if found is None or other is None else True)
        )
    return found


def _one(words: list[str], defined: Defined) -> bool | None:
    if not words:
        return None
    word = words.pop()
    if word == "!":
        found = _one(words, defined)
        return None if found is None else not found
    if word == "(":
        found = _either(words, defined)
        depth = 1  # what is not understood is passed over up to its end
        while words and depth:
            found, depth = _passed(words.pop(), found, depth)
        return found
    if word.startswith("defined"):
        return defined(re.sub(r"defined|[\s()]", "", word))
    if word == "0":
        found = False
    else:
        found = None
    while words and words[-1] not in ("&&", "||", ")"):  # a comparison or a call
        found, depth = None, int(words.pop() == "(")
        while words and depth:
            _, depth = _passed(words.pop(), None, depth)
    return found


def _passed(word: str, found: bool | None, depth: int) -> tuple[bool | None, int]:
    if word == ")":
        return found, depth - 1
    return None, depth + (word == "(")
