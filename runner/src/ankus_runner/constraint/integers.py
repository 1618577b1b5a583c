"""Integers between two bounds as a GBNF expression, without a leading zero and without "-0"."""

MOST_DIGITS = 19
"""Digits of the largest 64-bit integer; where a bound is missing, the digits end here."""

UNBOUNDED = 10**MOST_DIGITS - 1


def integer_expression(minimum: int | None, maximum: int | None) -> str:
    """A GBNF expression for every integer in the closed range, and no other.

    Args:
        minimum: Least value; None for no bound but 19 digits.
        maximum: Greatest value, not below `minimum`; None likewise.
    """
    low = max(-UNBOUNDED, minimum if minimum is not None else -UNBOUNDED)
    high = min(UNBOUNDED, maximum if maximum is not None else UNBOUNDED)
    choices = []
    if low < 0:
        choices += [f'"-" {choice}' for choice in _positive(max(1, -high), -low)]
    if low <= 0 <= high:
        choices.append('"0"')
    if high > 0:
        choices += _positive(max(1, low), high)
    return " | ".join(choices)


def _positive(low: int, high: int) -> list[str]:
    """Choices for low..high, 1 <= low <= high: whole lengths in one, the ragged ends digit by digit."""
    whole = [
        n for n in range(len(str(low)), len(str(high)) + 1) if low <= 10 ** (n - 1) and 10**n - 1 <= high
    ]
    choices = []
    for digits in range(len(str(low)), len(str(high)) + 1):
        if digits not in whole:
            first, last = max(low, 10 ** (digits - 1)), min(high, 10**digits - 1)
            choices += _same_length(str(first), str(last))
        elif digits == whole[0]:
            choices.append(f"[1-9]{_any_digits(whole[0] - 1, whole[-1] - 1)}")
    return choices


def _same_length(low: str, high: str) -> list[str]:
    """Choices for the digit strings low..high of one length."""
    if low == high:
        return [f'"{low}"']
    rest = len(low) - 1
    if low[0] == high[0]:
        return [f'"{low[0]}" {choice}' for choice in _grouped(_same_length(low[1:], high[1:]))]
    first, last = int(low[0]), int(high[0])
    choices = []
    if low[1:].strip("0"):  # 37..: the 3 goes with 7..9 only
        choices += [f'"{first}" {choice}' for choice in _grouped(_same_length(low[1:], "9" * rest))]
        first += 1
    tail = []
    if high[1:].strip("9"):  # ..62: the 6 goes with 0..2 only
        tail = [f'"{last}" {choice}' for choice in _grouped(_same_length("0" * rest, high[1:]))]
        last -= 1
    if first <= last:
        choices.append(f"[{first}-{last}]{_any_digits(rest, rest)}")
    return choices + tail


def _grouped(choices: list[str]) -> list[str]:
    return choices if len(choices) == 1 else [f"({' | '.join(choices)})"]


def _any_digits(least: int, most: int) -> str:
    if most == 0:
        return ""
    return f" [0-9]{{{least}}}" if least == most else f" [0-9]{{{least},{most}}}"
