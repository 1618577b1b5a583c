"""Layers of a graph of modules: its cycles, and the order that goes against the fewest dependencies."""

from collections.abc import Collection, Iterable, Mapping, Sequence

Pair = tuple[str, str]


def cycles(names: Iterable[str], pairs: Collection[Pair]) -> list[list[str]]:
    """Groups of modules that all depend on each other, the largest first (Tarjan, without recursion)."""
    after = _after(pairs)
    index, low = dict[str, int](), dict[str, int]()
    stack, found = list[str](), list[list[str]]()
    on_stack = set[str]()

    def visit(root: str) -> None:
        work = [(root, iter(after.get(root, ())))]
        while work:
            name, rest = work[-1]
            if name not in index:
                index[name] = low[name] = len(index)
                stack.append(name)
                on_stack.add(name)
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                _close(name)
            elif following not in index:
                work.append((following, iter(after.get(following, ()))))
            elif following in on_stack:
                low[name] = min(low[name], index[following])

    def _close(name: str) -> None:
        if low[name] != index[name]:
            return
        group = stack[stack.index(name) :]
        del stack[-len(group) :]
        on_stack.difference_update(group)
        if len(group) > 1:
            found.append(sorted(group))

    for name in names:
        if name not in index:
            visit(name)
    return sorted(found, key=lambda group: (-len(group), group))


def layered_order(names: Sequence[str], weights: Mapping[Pair, float]) -> list[str]:
    """The names, users before what they use, so that little weight leads backwards.

    The heuristic of Eades, Lin and Smyth with weights, then moves of single names while they gain.
    https://doi.org/10.1016/0020-0190(93)90079-O
    """
    out, into = _sums(names, weights)
    left, first, last = dict.fromkeys(names), list[str](), list[str]()
    neighbours = _neighbours(weights)
    while left:
        sink = next((name for name in left if out[name] <= 0), None)
        source = None if sink else next((name for name in left if into[name] <= 0), None)
        name = sink or source or max(left, key=lambda name: (out[name] - into[name], name))
        (last if sink else first).append(name)
        del left[name]
        for other in neighbours.get(name, ()):
            out[other] -= weights.get((other, name), 0)
            into[other] -= weights.get((name, other), 0)
    return _improved(first + last[::-1], weights)


def _improved(order: list[str], weights: Mapping[Pair, float]) -> list[str]:
    """Each name at the place that saves most weight, a few times over."""
    for _ in range(3):
        moved = False
        for name in list(order):
            place = order.index(name)
            best = _best_place(order, place, weights)
            if best != place:
                order.insert(best, order.pop(place))
                moved = True
        if not moved:
            break
    return order


def _best_place(order: list[str], place: int, weights: Mapping[Pair, float]) -> int:
    name, best, best_gain = order[place], place, 0.0
    for step in (-1, 1):
        gain, here = 0.0, place + step
        while 0 <= here < len(order):
            down, up = weights.get((name, order[here]), 0), weights.get((order[here], name), 0)
            gain += (down - up) if step < 0 else (up - down)
            if gain > best_gain + 1e-9:
                best, best_gain = here, gain
            here += step
    return best


def _sums(names: Iterable[str], weights: Mapping[Pair, float]) -> tuple[dict[str, float], dict[str, float]]:
    out, into = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for (start, end), weight in weights.items():
        out[start] += weight
        into[end] += weight
    return out, into


def _neighbours(weights: Iterable[Pair]) -> dict[str, set[str]]:
    found = dict[str, set[str]]()
    for start, end in weights:
        found.setdefault(start, set()).add(end)
        found.setdefault(end, set()).add(start)
    return found


def _after(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    found = dict[str, list[str]]()
    for start, end in pairs:
        found.setdefault(start, []).append(end)
    return found
