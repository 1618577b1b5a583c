"""PostgreSQL's texts as what a chart needs: numbers, moments, categories."""

import math
import re
from typing import Literal

from ankus_postgres_sql.table_text import NUMBERS

Kind = Literal["number", "time", "category"]
Unit = Literal["minute", "hour", "day", "month", "quarter", "year"]

TIMES = frozenset({1082, 1114, 1184})
"""date, timestamp, timestamptz (pg_type.dat)."""
UNITS: tuple[Unit, ...] = ("minute", "hour", "day", "month", "quarter", "year")
"""From fine to coarse."""
_DAY = 86_400
_LATEST = 8.64e12  # seconds; ECMAScript, 21.4.1.1 Time Values and Time Range
_MOMENT = re.compile(
    rb"(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d(?:\.\d+)?)(?:[+-]\d\d(?::\d\d){0,2})?)?( BC)?"
)


def kind_of(type_oid: int) -> Kind:
    """What a column of a type is on a chart."""
    if type_oid in NUMBERS:
        return "number"
    return "time" if type_oid in TIMES else "category"


def number(value: bytes) -> float | None:
    """A number; None for NaN, infinity, and what is beyond double precision."""
    found = float(value)
    return found if math.isfinite(found) else None


def moment(value: bytes) -> float | None:
    """A date or timestamp in ISO style as seconds since 1970-01-01, by the clock that it shows.

    None for infinity, and for years that ECMAScript does not have. The offset of a timestamptz is left
    out, so that the axis shows what the rows show.
    """
    match = _MOMENT.fullmatch(value)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups()[:3])
    hour, minute, second = (float(part or 0) for part in match.groups()[3:6])
    days = days_of(1 - year if match[7] else year, month, day)
    found = days * _DAY + hour * 3600 + minute * 60 + second
    return found if abs(found) <= _LATEST else None


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, where year 0 is 1 BC."""
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def date_of(days: int) -> tuple[int, int, int]:
    """The year, month and day of a number of days since 1970-01-01: `days_of` backwards."""
    era, of_era = divmod(days + 719_468, 146_097)
    years = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * years + years // 4 - years // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return years + era * 400 + (month <= 2), month, day


def floor_to(seconds: float, unit: Unit) -> float:
    """The begin of the unit that a moment is in."""
    if unit in ("minute", "hour", "day"):
        width = {"minute": 60, "hour": 3600, "day": _DAY}[unit]
        return seconds // width * width
    year, month, _ = date_of(int(seconds // _DAY))
    month = {"month": month, "quarter": (month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return float(days_of(year, month, 1) * _DAY)


def next_of(seconds: float, unit: Unit) -> float:
    """The begin of the unit after the one that begins at `seconds`."""
    widths = {
        "minute": 60,
        "hour": 3600,
        "day": _DAY,
        "month": 32 * _DAY,
        "quarter": 93 * _DAY,
        "year": 367 * _DAY,
    }
    return floor_to(seconds + widths[unit], unit)


def written(seconds: float, unit: Unit) -> str:
    """A moment as text that sorts, as far as its unit tells: 2024-05, 2024-Q2, 2024-05-31 10:00."""
    year, month, day = date_of(int(seconds // _DAY))
    minutes = int(seconds % _DAY // 60)
    shown = f"{year:04}" if year > 0 else f"{1 - year:04} BC"
    match unit:
        case "year":
            return shown
        case "quarter":
            return f"{shown}-Q{(month + 2) // 3}"
        case "month":
            return f"{shown}-{month:02}"
        case "day":
            return f"{shown}-{month:02}-{day:02}"
        case _:
            return f"{shown}-{month:02}-{day:02} {minutes // 60:02}:{minutes % 60:02}"


def unit_name(seconds: float) -> Unit:
    """The unit in which a moment is written: its day, or the minute where it is amid one."""
    return "day" if seconds % _DAY == 0 else "minute"
