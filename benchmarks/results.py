"""Whether two results of queries say the same.

A result is a bag of rows of PostgreSQL's text values (`None` for NULL). Names of columns and their order
do not matter; the order of rows only where the question asks for one. Two values are the same if

- both are NULL;
- both are numbers, and one is the other rounded to two decimals or more: '4.2738' and '4.27', but not
  '4.27' and '4.3', nor '4' and '4.27'. Numbers of at most two decimals (counts, money) are compared
  exactly; where there are more, they may differ by one part in 10^9, the noise of double precision;
- both are dates or times, and name the same moment: '2025-01-01' is '2025-01-01 00:00:00+00' and, as the
  first day of a month, '2025-01'. What has no time zone is taken as UTC;
- both are booleans: 't' is 'true';
- or their texts are equal, letter for letter.

This is the test-suite accuracy of text-to-SQL benchmarks (Zhong et al., 2020) on one database.
"""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

Row = Sequence[str | None]
DECIMALS = 2
"""The fewest decimals to which an answer may be rounded."""
NOISE = Decimal("1e-9")
FULL_PRECISION = 17
"""The decimals of the exponent form, which only double precision has."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]\d{1,3})?")
_MOMENT = re.compile(r"\d{4}-\d\d(-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([+-]\d\d(:\d\d)?)?)?)?")
_BOOLEANS = {"t": True, "true": True, "f": False, "false": False}


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric value with the number of decimals that it was written with."""

    value: Decimal
    decimals: int

    def same(self, other: "Number") -> bool:
        """Whether the two are one number, as the module says."""
        apart = abs(self.value - other.value)
        if max(self.decimals, other.decimals) <= DECIMALS:
            return apart == 0
        if apart <= NOISE * max(abs(self.value), abs(other.value)):
            return True
        if self.decimals == other.decimals:
            return False
        coarser = max(DECIMALS, min(self.decimals, other.decimals))
        return apart <= Decimal(5).scaleb(-coarser - 1)


Value = Number | Hashable


def same_result(
    expected_columns: Sequence[str],
    expected_rows: Sequence[Row],
    actual_columns: Sequence[str],
    actual_rows: Sequence[Row],
    *,
    ordered: bool,
    allow_extra_columns: bool = False,
) -> bool:
    """Whether the actual result says what the expected one says.

    Meant for answers: quick for thousands of rows that agree, and for as many columns as people ask for.

    Args:
        ordered: The rows must also come in the same order.
        allow_extra_columns: The actual result may have columns that the expected one does not have.
    """
    surplus = len(actual_columns) - len(expected_columns)
    if len(expected_rows) != len(actual_rows) or surplus < 0 or (surplus and not allow_extra_columns):
        return False
    matches = _same_sequence if ordered else _same_bag
    return _assign(_columns(expected_columns, expected_rows), _columns(actual_columns, actual_rows), matches)


Column = list[Value]
Matcher = Callable[[Sequence[Sequence[Value]], Sequence[Sequence[Value]]], bool]


def _columns(names: Sequence[str], rows: Sequence[Row]) -> list[Column]:
    return [[_value(row[position]) for row in rows] for position in range(len(names))]


def _assign(expected: list[Column], actual: list[Column], matches: Matcher) -> bool:
    """Whether each expected column can be given an actual column of its own so that the rows match."""
    fits = [
        [there for there, other in enumerate(actual) if matches(_rows([column]), _rows([other]))]
        for column in expected
    ]
    # the columns with the fewest candidates first: a wrong turn is then noticed early
    order = sorted(range(len(expected)), key=lambda here: len(fits[here]))

    def extend(chosen: list[int]) -> bool:
        taken = [expected[here] for here in order[: len(chosen)]]
        if not matches(_rows(taken), _rows([actual[there] for there in chosen])):
            return False
        if len(chosen) == len(order):
            return True
        tried: list[Column] = []
        for there in fits[order[len(chosen)]]:
            if there in chosen or actual[there] in tried:  # an equal column would fail in the same way
                continue
            tried.append(actual[there])
            if extend([*chosen, there]):
                return True
        return False

    return extend([])


def _rows(columns: list[Column]) -> list[tuple[Value, ...]]:
    return list(zip(*columns, strict=True))


def _same_sequence(expected: Sequence[Sequence[Value]], actual: Sequence[Sequence[Value]]) -> bool:
    return all(_same_row(here, there) for here, there in zip(expected, actual, strict=True))


def _same_bag(expected: Sequence[Sequence[Value]], actual: Sequence[Sequence[Value]]) -> bool:
    """Whether the rows can be paired. Rows can match only where all but their numbers is equal."""
    ours, theirs = _groups(expected), _groups(actual)
    return ours.keys() == theirs.keys() and all(_paired(ours[key], theirs[key]) for key in ours)


def _groups(rows: Sequence[Sequence[Value]]) -> dict[Hashable, list[Sequence[Value]]]:
    groups: dict[Hashable, list[Sequence[Value]]] = {}
    for row in rows:
        key = tuple(Number if isinstance(value, Number) else value for value in row)
        groups.setdefault(key, []).append(row)
    return groups


def _paired(expected: list[Sequence[Value]], actual: list[Sequence[Value]]) -> bool:
    """Whether a perfect matching exists: augmenting paths (Kuhn, 1955), as nearness is not transitive."""
    if len(expected) != len(actual):
        return False
    expected, actual = sorted(expected, key=_numbers), sorted(actual, key=_numbers)
    partner: dict[int, int] = {}

    def place(here: int, visited: set[int]) -> bool:
        # sorted alike, the partner is nearly always at the same position
        for there in sorted(range(len(actual)), key=lambda position: abs(position - here)):
            if there not in visited and _same_row(expected[here], actual[there]):
                visited.add(there)
                if there not in partner or place(partner[there], visited):
                    partner[there] = here
                    return True
        return False

    return all(place(here, set()) for here in range(len(expected)))


def _numbers(row: Sequence[Value]) -> list[Decimal]:
    return [value.value for value in row if isinstance(value, Number)]


def _same_row(expected: Sequence[Value], actual: Sequence[Value]) -> bool:
    return all(_same(here, there) for here, there in zip(expected, actual, strict=True))


def _same(expected: Value, actual: Value) -> bool:
    if isinstance(expected, Number) and isinstance(actual, Number):
        return expected.same(actual)
    return expected == actual


def _value(text: str | None) -> Value:
    """What a text value means; each kind in a tuple of its own, so that no two kinds are ever equal."""
    if text is None:
        return None
    if match := _NUMBER.fullmatch(text):
        return Number(Decimal(text), FULL_PRECISION if match[3] else len(match[2] or ".") - 1)
    if text in _BOOLEANS:
        return ("boolean", _BOOLEANS[text])
    moment = _moment(text) if _MOMENT.fullmatch(text) else None
    return ("text", text) if moment is None else ("moment", moment)


def _moment(text: str) -> datetime | None:
    """The moment in UTC; None where the calendar has no such day."""
    try:
        moment = datetime.fromisoformat(f"{text}-01" if len(text) == len("2025-01") else text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
