"""What differs, on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ankus_runner.traces.compare.runs import Pair
from ankus_runner.traces.compare.sets import Compared
from ankus_runner.traces.show import plain, shortened, table

HOW_SURE = (
    "95% intervals of the difference: of shares by Newcombe from Wilson's, of the rest by bootstrap "
    "(1,000 resamples). * is a difference that chance alone would seldom make; of many measures one in 20 is."
)
SIGNS = {"same": "  ", "another result": "~ ", "only the first": "- ", "only the second": "+ "}
_WORDS = ("profile", "prompt_version", "model", "status", "error")
_FIGURES = (
    *("steps", "model_calls", "tool_calls", "prompt_tokens", "cached_tokens", "completion_tokens"),
    *("cost", "seconds", "first_token_seconds"),
)
_COLOURS = {"-": "red", "+": "green", "@": "cyan", "~": "yellow"}


def print_sets(console: Console, names: tuple[str, str], compared: Compared) -> None:
    """Each measure as a line, then the errors, then what differs between the prompts."""
    drawn = table("", f">{names[0]}", f">{names[1]}", ">Difference", ">95% from", ">to", "")
    drawn.add_row("runs", *(str(len(runs.runs)) for runs in compared.sets))
    for measure in compared.measures:
        low, high = measure.interval or (None, None)
        figures = (measure.before, measure.after, measure.difference, low, high)
        drawn.add_row(plain(measure.name), *map(_figure, figures), "*" if measure.sure else "")
    for code in dict.fromkeys(code for runs in compared.sets for code in runs.errors()):
        drawn.add_row(plain(f"error {code}"), *(str(runs.errors().get(code, 0)) for runs in compared.sets))
    console.print(drawn)
    console.print(HOW_SURE, style="dim")
    _print_diff(console, "Prompts", compared.prompt)


def print_pair(console: Console, pair: Pair) -> None:
    """What the runs were, then prompts, calls and answers."""
    before, after = pair.traces
    drawn = table("", f">{before['trace_id'][:12]}", f">{after['trace_id'][:12]}")
    for name in (
        "profile",
        "prompt_version",
        "model",
        "status",
        "error",
        "steps",
        "model_calls",
        "tool_calls",
    ):
        drawn.add_row(name.replace("_", " "), plain(before[name]), plain(after[name]))
    for name in (
        "prompt_tokens",
        "cached_tokens",
        "completion_tokens",
        "cost",
        "seconds",
        "first_token_seconds",
    ):
        drawn.add_row(name.replace("_", " "), _figure(before[name]), _figure(after[name]))
    console.print(drawn)
    _print_diff(console, "Prompts", pair.prompt)
    console.print("\nCalls", style="bold")
    for call in pair.calls:
        sign = SIGNS[call.how]
        steps = "/".join("" if step is None else str(step) for step in call.steps)
        line = f"{sign}{call.tool} {shortened(call.arguments, 100)}  step {steps}"
        console.print(Text(plain(line).plain, style=_COLOURS.get(sign[0], "")), soft_wrap=True)
        _print_lines(console, call.result)
    _print_diff(console, "Answers", pair.answer)


def _print_diff(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        console.print(f"\n{title}", style="bold")
        _print_lines(console, lines)


def _print_lines(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(Text(plain(line).plain, style=_COLOURS.get(line[:1], "")), soft_wrap=True)


def _figure(value: float | None) -> str:
    """A number with four digits that count."""
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
