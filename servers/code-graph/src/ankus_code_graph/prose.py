"""Small matters of language: the first sentence of a comment or a README, and counted nouns."""

import re

LONGEST = 160
"""Characters of a first sentence; the rest is cut, with an ellipsis."""
_RULE = re.compile(r"[\s\-=*_#~+/.]*")
_NOISE = re.compile(
    r"(?i)copyright|portions|all rights reserved|identification|licen[cs]e|spdx|\$\w+\$|author|<!--|\[!"
)
_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZА-ЯЁ(\"'])|\n\s*\n")
_MARKS = re.compile(r"^[ \t]*(?:/\*+[-!]?|\*+/|\*+|//+!?|#+)?[ \t]?|\*+/[ \t]*$", re.MULTILINE)


def first_sentence(text: str, *names: str) -> str:
    """The first sentence of a text as one line; "" where there is none.

    Args:
        names: What a first line may repeat without saying anything, such as the name of the file.
    """
    lines = text.splitlines()
    start = next((place for place, line in enumerate(lines) if _says(line, names)), len(lines))
    body = "\n".join(lines[start:]).strip()
    sentence = " ".join(_first(body).split())
    return sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 1].rstrip()}…"


def counted(number: int, noun: str) -> str:
    """`1 call`, `1,200 calls`, `2 libraries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def header_comment(source: str) -> str:
    """The comment that a C file begins with, without its marks; "" where it begins otherwise."""
    source = source.lstrip("\ufeff \t\r\n")
    if source.startswith("/*"):
        comment = source[: source.find("*/") + 2] if "*/" in source else ""
    else:
        comment = re.match(r"(?:[ \t]*//[^\n]*\n?)*", source)[0]  # type: ignore[index]
    return _MARKS.sub("", comment).strip()


def _says(line: str, names: tuple[str, ...]) -> bool:
    bare = line.strip().strip(":-=#* ")
    last = bare.rsplit("/", 1)[-1]
    repeats = bare in names or (" " not in bare and (last in names or last.startswith("README")))
    return not (_RULE.fullmatch(line) or repeats or _NOISE.search(line))


def _first(body: str) -> str:
    """Up to the end of the first sentence, or of the first paragraph; a heading's underline ends one too."""
    body = re.split(r"\n\s*[-=~*]{3,}\s*(?:\n|$)", body, maxsplit=1)[0]
    return _END.split(body, maxsplit=1)[0]
