"""Places boxes in rows so that arrows mostly lead down, cross little, and nothing overlaps.

The steps are Sugiyama's: rows, long arrows as chains of points, the order within rows by barycentres,
then positions. The last is exact for each row: the least squares of displacement under the distances
that the boxes need (pool adjacent violators).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GAP_X, GAP_Y = 26.0, 62.0
_SWEEPS = 24
_POINT, _POINT_GAP = 2.0, 9.0
"""Width of a chained arrow in a row that it passes, and its distance from its neighbours."""


@dataclass
class Box:
    """A box to be placed; `x` and `y` are its middle, in pixels, once it is."""

    name: str
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


@dataclass
class Arrow:
    """An arrow by the names of its boxes.

    `points` are what it passes, from its start to its end: where it leaves the row of its first box, enters
    and leaves each row between, and enters that of its last. Within a row it is vertical, so that it passes
    beside boxes, never behind them.
    """

    start: str
    end: str
    weight: float
    backward: bool = False
    points: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class Layout:
    """Placed boxes and arrows within `width` by `height` pixels."""

    boxes: list[Box]
    arrows: list[Arrow]
    width: float
    height: float


@dataclass
class _Spot:
    """A box, or a point of a chained arrow, in its row."""

    row: int
    width: float
    box: Box | None = None
    x: float = 0.0
    above: list[tuple["_Spot", float]] = field(default_factory=list)
    below: list[tuple["_Spot", float]] = field(default_factory=list)


def lay_out(boxes: Sequence[Box], arrows: Sequence[Arrow], width: float) -> Layout:
    """Place boxes, which come in the order of their layers, in rows of at most about `width` pixels."""
    rank = {box.name: place for place, box in enumerate(boxes)}
    for arrow in arrows:
        arrow.backward = rank[arrow.start] > rank[arrow.end]
    rows = _sunk(_rows(boxes, arrows, width), arrows, width)
    spots = {box.name: _Spot(row, box.width, box) for row, line in enumerate(rows) for box in line}
    grid = [[spots[box.name] for box in line] for line in rows]
    chains = [_chain(arrow, spots, grid) for arrow in arrows]
    _order(grid)
    _place(grid, width)
    return _finished(boxes, arrows, chains, grid, width)


def _rows(boxes: Sequence[Box], arrows: Sequence[Arrow], width: float) -> list[list[Box]]:
    """Each box below all that lead down to it, in the first row that has room."""
    least = dict.fromkeys((box.name for box in boxes), 0)
    rows, room = list[list[Box]](), list[float]()
    for box in boxes:
        row = least[box.name]
        while row < len(rows) and room[row] < box.width:
            row += 1
        if row == len(rows):
            rows.append([])
            room.append(width)
        rows[row].append(box)
        room[row] -= box.width + GAP_X
        for arrow in arrows:
            if arrow.start == box.name and not arrow.backward:
                least[arrow.end] = max(least[arrow.end], row + 1)
            elif arrow.end == box.name and arrow.backward:
                least[arrow.start] = max(least[arrow.start], row + 1)
    return rows


def _sunk(rows: list[list[Box]], arrows: Sequence[Arrow], width: float) -> list[list[Box]]:
    """The same with boxes that nothing leads down to brought near to what they use, where there is room."""
    row_of = {box.name: row for row, line in enumerate(rows) for box in line}
    lower = dict[str, int]()
    held = set[str]()
    for arrow in arrows:
        top, bottom = sorted((arrow.start, arrow.end), key=lambda name: row_of[name])
        lower[top] = min(lower.get(top, len(rows)), row_of[bottom])
        held.add(bottom)
    for box in [box for row in rows for box in row if box.name in lower and box.name not in held]:
        for row in range(lower[box.name] - 1, row_of[box.name], -1):
            if sum(other.width + GAP_X for other in rows[row]) + box.width <= width:
                rows[row_of[box.name]].remove(box)
                rows[row].append(box)
                break
    return [row for row in rows if row]


def _chain(arrow: Arrow, spots: dict[str, _Spot], grid: list[list[_Spot]]) -> list[_Spot]:
    """The spots of an arrow from its upper to its lower end, linked; points are put into the rows between."""
    ends = sorted((spots[arrow.start], spots[arrow.end]), key=lambda spot: spot.row)
    between = [_Spot(row, _POINT) for row in range(ends[0].row + 1, ends[1].row)]
    for spot in between:
        grid[spot.row].append(spot)
    chain = [ends[0], *between, ends[1]]
    for upper, lower in pairwise(chain):
        weight = arrow.weight * (1 if upper.box and lower.box else 3)  # long arrows straight
        upper.below.append((lower, weight))
        lower.above.append((upper, weight))
    return chain


def _order(grid: list[list[_Spot]]) -> None:
    """Order rows by the mean position of their neighbours, and keep the order that crosses least."""
    best, least = [list(row) for row in grid], _crossings(grid)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in grid if down else grid[::-1]:
            _sort_row(row, down, grid)
        crossed = _crossings(grid)
        if crossed < least:
            best, least = [list(row) for row in grid], crossed
    for row, kept in zip(grid, best, strict=True):
        row[:] = kept


def _sort_row(row: list[_Spot], down: bool, grid: list[list[_Spot]]) -> None:
    places = {id(spot): place / max(1, len(line)) for line in grid for place, spot in enumerate(line)}

    def key(spot: _Spot) -> float:
        near = spot.above if down else spot.below
        total = sum(weight for _, weight in near)
        return (
            sum(places[id(other)] * weight for other, weight in near) / total if total else places[id(spot)]
        )

    row.sort(key=key)


def _crossings(grid: list[list[_Spot]]) -> int:
    place = {id(spot): number for row in grid for number, spot in enumerate(row)}
    total = 0
    for row in grid:
        ends = [place[id(other)] for spot in row for other in _sorted_below(spot, place)]
        total += sum(1 for i, end in enumerate(ends) for other in ends[:i] if other > end)
    return total


def _sorted_below(spot: _Spot, place: dict[int, int]) -> list[_Spot]:
    return sorted((other for other, _ in spot.below), key=lambda other: place[id(other)])


def _place(grid: list[list[_Spot]], width: float) -> None:
    """Positions: each row near its neighbours, above and below in turn, with the distances it needs."""
    for row in grid:
        _set_row(row, [width / 2] * len(row), [1.0] * len(row), width)
    for sweep in range(_SWEEPS):
        for row in grid if sweep % 2 == 0 else grid[::-1]:
            wishes, weights = [], []
            for spot in row:
                near = [*spot.above, *spot.below]
                total = sum(weight for _, weight in near)
                mean = sum(other.x * weight for other, weight in near) / total if total else width / 2
                wishes.append(mean)
                weights.append(total or 0.5)
            _set_row(row, wishes, weights, width)


def _set_row(row: list[_Spot], wishes: list[float], weights: list[float], width: float) -> None:
    """The x nearest to the wishes such that neighbours keep their distance and stay within the width."""
    offsets, reach = [], 0.0
    for number, spot in enumerate(row):
        if number:
            reach += _distance(row[number - 1], spot)
        offsets.append(reach)
    blocks = list[tuple[float, float, int]]()  # mean, weight, members
    for wish, offset, weight in zip(wishes, offsets, weights, strict=True):
        block = (wish - offset, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            mean, heavy, members = blocks.pop()
            total = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / total, total, members + block[2])
        blocks.append(block)
    low = row[0].width / 2
    high = width - row[-1].width / 2 - reach
    means = [mean for mean, _, members in blocks for _ in range(members)]
    for spot, mean, offset in zip(row, means, offsets, strict=True):
        spot.x = (max(low, min(mean, high)) if high > low else low) + offset


def _distance(left: _Spot, right: _Spot) -> float:
    """Between the middles of two neighbours in a row, at least."""
    gap = GAP_X if left.box and right.box else _POINT_GAP if not (left.box or right.box) else GAP_X / 2
    return (left.width + right.width) / 2 + gap


def _finished(
    boxes: Sequence[Box],
    arrows: Sequence[Arrow],
    chains: list[list[_Spot]],
    grid: list[list[_Spot]],
    width: float,
) -> Layout:
    top, edges = 0.0, list[tuple[float, float]]()
    for row in grid:
        height = max(spot.box.height for spot in row if spot.box)
        edges.append((top, top + height))
        for spot in row:
            if spot.box:
                spot.box.x, spot.box.y = spot.x, top + height / 2
        top += height + GAP_Y
    for arrow, chain in zip(arrows, chains, strict=True):
        points = [(spot.x, edge) for spot in chain for edge in edges[spot.row]][1:-1]
        arrow.points = points[::-1] if arrow.backward else points
    widest = max((spot.x + spot.width / 2 for row in grid for spot in row), default=0.0)
    return Layout(list(boxes), list(arrows), max(widest, width), max(top - GAP_Y, 0.0))
