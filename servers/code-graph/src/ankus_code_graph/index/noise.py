"""The macros of a tree that stand for attributes and storage classes only.

tree-sitter knows no macros: `static pg_noinline int f(void)` puzzles it. Such names are blanked out before.
"""

import re
from collections.abc import Collection, Iterable

from ankus_code_graph.extract.text import is_noise

_DEFINE = re.compile(
    rb"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)(\([^()\n]*\))?((?:[^\n\\]|\\\n|\\(?!\n))*)", re.MULTILINE
)
_COMMENT = re.compile(rb"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_C_WORDS = frozenset(b"inline const volatile static extern restrict register __inline __restrict".split())


def defined_noise(data: bytes) -> tuple[set[bytes], set[bytes]]:
    """The names that a file defines as noise, and those that it defines as something else."""
    noise: set[bytes] = set()
    other: set[bytes] = set()
    for match in _DEFINE.finditer(data):
        if match[1] in _C_WORDS:
            continue
        text = _COMMENT.sub(b" ", match[3].replace(b"\\\n", b" ")).decode("utf-8", "replace").strip()
        (noise if is_noise(text) else other).add(match[1])
    return noise, other


def tree_noise(files: Iterable[bytes]) -> frozenset[bytes]:
    """The names that are noise wherever the tree defines them."""
    return everywhere_noise(map(defined_noise, files))


def everywhere_noise(defined: Iterable[tuple[Collection[bytes], Collection[bytes]]]) -> frozenset[bytes]:
    """The names that some file defines as noise, and none as something else.

    Args:
        defined: What `defined_noise` found in each file.
    """
    noise: set[bytes] = set()
    other: set[bytes] = set()
    for mine, theirs in defined:
        noise.update(mine)
        other.update(theirs)
    return frozenset(noise - other)
