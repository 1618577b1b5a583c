"""Draws SVG as PNG in a process of its own, run as a script: SVG comes in, PNG goes out.

So the server neither loads the renderer nor keeps its memory, and a drawing can be ended.
The fonts are those of the renderer (Liberation Sans, which has Cyrillic) and of the machine.
"""

import sys

import vl_convert


def main() -> None:
    """Draw standard input at the scale of the first argument."""
    picture = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(vl_convert.svg_to_png(picture, scale=float(sys.argv[1])))


if __name__ == "__main__":
    main()
