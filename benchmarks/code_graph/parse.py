"""The bare parse that indexing is measured against: tree-sitter over every C file, and nothing else.

python -m benchmarks.code_graph.parse ROOT
"""

import sys
from pathlib import Path

import tree_sitter_c
from tree_sitter import Language, Parser


def c_files(root: Path) -> list[Path]:
    """The .c and .h files below a folder."""
    return sorted(path for path in root.rglob("*.[ch]") if path.is_file())


def main() -> None:
    root = Path(sys.argv[1])
    parser = Parser(Language(tree_sitter_c.language()))
    files = c_files(root)
    size = lines = 0
    for path in files:
        text = path.read_bytes()
        parser.parse(text)
        size += len(text)
        lines += text.count(b"\n")
    print(f"{len(files)} {lines} {size}")


if __name__ == "__main__":
    main()
