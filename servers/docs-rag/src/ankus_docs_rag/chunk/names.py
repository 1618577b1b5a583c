"""What a passage defines, in its exact spelling: functions, settings, commands, codes, options, catalogs."""

import re
from collections.abc import Iterator

from ankus_docs_rag.chunk.heads import without_number
from ankus_docs_rag.chunk.tables import is_state
from ankus_docs_rag.chunk.unit import Unit
from ankus_docs_rag.model import Block, Page
from ankus_docs_rag.read.visible import one_line

_MOST = 40
_LONGEST = 64
_OPTION = re.compile(r"(?<![\w-])(--[A-Za-z][\w-]*|-[A-Za-z0-9?])(?![\w-])")
_NEGATIVE = re.compile(r"^-\d+")
_CONSTANT = re.compile(r"(?<=\()[A-Z][A-Z\d]*(?:_[A-Z\d]+)+(?=\))")
_META = re.compile(r"(\\[A-Za-z]+|\\[!?;])")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\s*\(")
_WORD = re.compile(r"[A-Za-z_][\w.$]*")
_LOUD = re.compile(r"[A-Z][A-Z_]+(?: [A-Z][A-Z_]+)*(?![a-z])")
_AFTER = re.compile(r"\s*(?:\(\)|[\[({=<].*)?$")
_OPERATOR = re.compile(r"(?<=\s)[-+*/<>=~!@#%^&|`?:]{1,4}(?=\s)|^[-+*/<>=~!@#%^&|`?:]{1,4}(?=\s)")
_OVERVIEW = frozenset({"Synopsis", "Description"})


def names_of(page: Page, unit: Unit) -> tuple[str, ...]:
    """The names, each once, in the order of the text."""
    found: list[str] = []
    if unit.first and unit.form in ("section", "code"):
        found += _of_section(page, unit)
    if unit.first and unit.form == "entry":
        found += _of_entry(page, unit)
    if unit.form == "row":
        found += _of_rows(page, unit)
    return tuple(dict.fromkeys(name for name in found if 0 < len(name) <= _LONGEST))[:_MOST]


def _of_section(page: Page, unit: Unit) -> Iterator[str]:
    title = without_number(unit.headings[-1]) if unit.headings else ""
    if page.kind == "reference" and (len(unit.headings) == 1 or title in _OVERVIEW):
        yield without_number(page.title)
    word = _WORD.fullmatch(title.removesuffix("()"))
    if word and (not title[0].isupper() or "_" in title or _is_mixed(title)):
        yield word[0]


def _of_entry(page: Page, unit: Unit) -> Iterator[str]:
    for block in unit.blocks:
        if block.start < unit.body:
            continue
        lines = page.text[block.start : block.end].split("\n")
        if block.kind == "table_row":
            yield from _of_signatures(lines)
        elif block.kind == "term":
            for line in lines:
                yield from names_in_term(line)
        else:
            return


def names_in_term(term: str) -> Iterator[str]:
    """What a term names: `--all`, `wal_level` of `wal_level (enum)`, `ON COMMIT`, or the term itself."""
    if term.startswith("-"):
        yield from _NEGATIVE.findall(term) or _OPTION.findall(term)
        yield from _CONSTANT.findall(term)
        return
    if term.startswith("\\"):
        yield from _META.findall(term)
        return
    plain = one_line(re.sub(r"\s*\([^()]*\)\s*$", "", term))
    several = plain.split(", ")
    if len(several) > 1 and all(_WORD.fullmatch(one) for one in several):
        yield from several
        return
    call, word, loud = _CALL.match(term), _WORD.match(term), _LOUD.match(term)
    if loud and " " in loud[0]:
        yield loud[0]
    elif call and not re.search(r"\s\($", call[0]):
        yield call[1]
    elif word and _AFTER.fullmatch(term[word.end() :]):
        yield word[0]
    elif loud:
        yield loud[0]
    elif len(plain.split()) <= 5:
        yield plain


def _of_signatures(lines: list[str]) -> Iterator[str]:
    """Functions and operators of a row that begins with signatures, such as `lower ( text ) → text`."""
    for place, line in enumerate(lines):
        if place and "→" not in line:
            return
        call = _CALL.match(line)
        if call:
            yield call[1]
        elif "→" in line:
            yield from _OPERATOR.findall(line.split("→")[0])[:1]


def _of_rows(page: Page, unit: Unit) -> Iterator[str]:
    for block in unit.blocks:
        if block.kind == "table_row" and block.start >= unit.body:
            yield from _of_row(page, block)


def _of_row(page: Page, block: Block) -> Iterator[str]:
    row = page.text[block.start : block.end]
    if is_state(row):
        yield from row.split(" | ")
        return
    first = re.split(r"\n| \| ", row)[0]
    word = _WORD.match(first)
    if (
        word
        and len(word[0]) > 1
        and (word[0] == first.removesuffix("()") or ("\n" in row and word.end() < len(first)))
    ):
        if "_" in word[0] or not word[0][0].isupper() or _is_mixed(word[0]):
            yield word[0]


def _is_mixed(word: str) -> bool:
    """Whether a word is spelt as no word of a language is: in capitals, or with some inside."""
    return len(word) > 1 and any(letter.isupper() or letter.isdigit() for letter in word[1:])
