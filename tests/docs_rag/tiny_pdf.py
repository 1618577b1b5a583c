"""PDF files by hand: a few lines of text on each sheet (ISO 32000-1, sections 7.5 and 9.4)."""

from collections.abc import Sequence

Line = tuple[str, int]
"""What is written, and the size of its letters in points."""


def pdf(sheets: Sequence[Sequence[Line]], title: str = "", encrypted: bool = False) -> bytes:
    """A file with these sheets; each line is a paragraph of its own."""
    pages = [4 + 2 * number for number in range(len(sheets))]
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % one for one in pages), len(pages)),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for number, lines in zip(pages, sheets, strict=True):
        content = _content(lines)
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (number + 1)
        )
        objects[number + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    info = max(objects) + 1
    objects[info] = b"<< /Title (%s) /Author (A. Uthor) /CreationDate (D:20240506000000) >>" % title.encode()
    return _file(objects, info, encrypted)


def _content(lines: Sequence[Line]) -> bytes:
    parts, height = [], 760
    for text, size in lines:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        parts.append(f"BT /F1 {size} Tf 50 {height} Td ({escaped}) Tj ET")
        height -= 3 * size
    return "\n".join(parts).encode("latin-1")


def _file(objects: dict[int, bytes], info: int, encrypted: bool) -> bytes:
    data, offsets = b"%PDF-1.4\n", {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offsets[number] for number in sorted(offsets))
    security = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (%s) /U (%s) >>" % (b"o" * 32, b"u" * 32)
    trailer = b"<< /Size %d /Root 1 0 R /Info %d 0 R /ID [(a) (a)] %s >>" % (
        len(offsets) + 1,
        info,
        security if encrypted else b"",
    )
    start = len(data)
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(offsets) + 1, table)
        + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)
    )
