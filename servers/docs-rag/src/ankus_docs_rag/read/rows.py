"""One row of a table, cell by cell, while it is read."""

from dataclasses import dataclass, field


@dataclass
class Row:
    """A row: its text so far, and what it turns out to be."""

    cells: list[list[str]] = field(default_factory=list)
    """Lines of each cell."""
    heads: int = 0
    """How many of the cells are `th`."""
    widest: int = 1
    """Columns that the widest cell spans."""
    anchor: str = ""
    entry: bool = False
    """Whether its one cell describes something whole, such as a function."""

    def start_cell(self, head: bool, span: str | None) -> None:
        """A further cell begins."""
        self.cells.append([])
        self.heads += head
        if span and span.isdecimal():
            self.widest = max(self.widest, int(span[:4]))

    def write(self, text: str) -> None:
        """Add a paragraph to the cell."""
        if not self.cells:
            self.cells.append([])
        self.cells[-1].append(text)

    @property
    def is_heading(self) -> bool:
        """Whether it names columns, or the rows below it."""
        return self.heads == len(self.cells) or (len(self.cells) == 1 and self.widest > 1)

    @property
    def text(self) -> str:
        """Its cells beside each other, or below each other where one has several lines."""
        cells = ["\n".join(lines).strip() for lines in self.cells]
        if any("\n" in cell for cell in cells):
            return "\n".join(cell for cell in cells if cell)
        while cells and not cells[-1]:
            cells.pop()
        return " | ".join(cells)
