"""PDF -> a page by its layout: paragraphs, headings by the size of their letters, an anchor for each sheet.

A hostile or broken file can keep the parser busy: callers read in a process that they can end.
"""

import binascii
import datetime
import io
import re
import struct
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LAParams, LTChar, LTPage, LTTextContainer, LTTextLine
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.psexceptions import PSException
from pdfminer.utils import decode_text

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Page
from ankus_docs_rag.read.compose import Composer
from ankus_docs_rag.read.where import Where

MOST_SHEETS = 5_000
MOST_SECONDS = 300.0
_BROKEN = (
    PSException, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, ArithmeticError,
    EOFError, RecursionError, NotImplementedError, struct.error, zlib.error, binascii.Error,
)  # fmt: skip
"""What pdfminer raises on files that are not what they claim to be."""
_LARGER = 1.15
_LONGEST_HEADING = 200
_HYPHEN = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")


@dataclass(frozen=True)
class _Paragraph:
    sheet: int
    text: str
    size: float
    """Of most of its letters, in points."""


def read_pdf(
    data: bytes, where: Where, most_sheets: int = MOST_SHEETS, seconds: float = MOST_SECONDS
) -> list[Page]:
    """The one page of a PDF; `#page=N` leads to a sheet.

    Raises:
        BadSource: If it is broken, encrypted, has pictures only, or takes more sheets or seconds.
    """
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        paragraphs = list(_paragraphs(document, where.path, most_sheets, time.monotonic() + seconds))
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise BadSource(
            f"{where.path} is encrypted.", hint="Save it without a password, or exclude it."
        ) from error
    except _BROKEN as error:
        raise BadSource(
            f"{where.path} is a broken PDF ({error}).", hint="Repair it, or exclude it."
        ) from error
    if not paragraphs:
        raise BadSource(
            f"{where.path} has no text, only pictures at most.",
            hint="Recognise its text first (OCR), or exclude it.",
        )
    return [_page(paragraphs, document, where)]


def _page(paragraphs: list[_Paragraph], document: PDFDocument, where: Where) -> Page:
    composer = Composer()
    levels = _levels(paragraphs)
    for one in paragraphs:
        anchor = f"page={one.sheet}"
        if one.size in levels and len(one.text) <= _LONGEST_HEADING:
            composer.open(one.text, levels[one.size], anchor)
        else:
            composer.add(one.text, "paragraph", anchor)
    about = _about(document)
    return composer.page(where, about.pop("title"), "book", **about)


def _levels(paragraphs: list[_Paragraph]) -> dict[float, int]:
    """Sizes of letters that only headings have, with their level from 1, the largest first."""
    letters = Counter[float]()
    for one in paragraphs:
        letters[one.size] += len(one.text)
    body = letters.most_common(1)[0][0]
    larger = sorted((size for size in letters if size > body * _LARGER), reverse=True)
    return {size: level for level, size in enumerate(larger, start=1)}


def _paragraphs(document: PDFDocument, path: str, most: int, deadline: float) -> Iterator[_Paragraph]:
    resources = PDFResourceManager()
    device = PDFPageAggregator(resources, laparams=LAParams())
    interpreter = PDFPageInterpreter(resources, device)
    for sheet, page in enumerate(PDFPage.create_pages(document), start=1):
        if sheet > most or time.monotonic() > deadline:
            raise BadSource(
                f"{path} is too large: sheet {sheet} is beyond {most} sheets or the time for one file.",
                hint="Split it, or exclude it.",
            )
        interpreter.process_page(page)
        yield from _of_sheet(device.get_result(), sheet)


def _of_sheet(layout: LTPage, sheet: int) -> Iterator[_Paragraph]:
    for box in layout:
        if isinstance(box, LTTextContainer):
            text = _HYPHEN.sub("", "\n".join(line.strip() for line in box.get_text().strip().split("\n")))
            if text:
                yield _Paragraph(sheet, " ".join(text.split()), _size(box))


def _size(box: LTTextContainer[LTTextLine]) -> float:
    sizes = Counter(
        round(letter.size, 1)
        for line in box
        if isinstance(line, LTTextLine)
        for letter in line
        if isinstance(letter, LTChar)
    )
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _about(document: PDFDocument) -> dict[str, Any]:
    info: dict[str, Any] = {}
    for one in reversed(document.info):
        info.update({key: value for key, value in one.items() if isinstance(value, bytes)})
    date = _DATE.match(decode_text(info.get("CreationDate", b"")))
    return {
        "title": decode_text(info.get("Title", b"")),
        "author": decode_text(info.get("Author", b"")),
        "date": _date(date) if date else None,
    }


def _date(found: re.Match[str]) -> datetime.date | None:
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
