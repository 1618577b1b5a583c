"""Draws SVG as PNG in a process of its own, run as a script: SVG comes in, PNG goes out.

So the server neither loads the renderer nor keeps its memory, and a drawing can be ended.
The fonts are those of the renderer (Liberation Sans, which has Cyrillic) and of the machine.
"""

import io
import sys

import vl_convert
from PIL import Image

COLOURS = 128
"""A map needs no more, and so is a fifth of the size."""


def main() -> None:
    """Draw standard input at the scale of the first argument."""
    picture = vl_convert.svg_to_png(sys.stdin.buffer.read().decode(), scale=float(sys.argv[1]))
    sys.stdout.buffer.write(packed(picture))


def packed(png: bytes) -> bytes:
    """The same PNG with a palette."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    few = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
