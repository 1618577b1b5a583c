"""What the terminal shows of an evaluation, a comparison and a judgement."""

from collections.abc import Iterable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ankus_docs_rag.evaluate.compare import Comparison
from ankus_docs_rag.evaluate.intervals import Interval
from ankus_docs_rag.evaluate.run import Evaluation
from ankus_docs_rag.evaluate.summary import (
    ALL,
    NDCG,
    RECALL,
    Refusals,
    Row,
    Speed,
    p_values,
    refusals_of,
    speeds_of,
    summarise,
)

SIGNIFICANT = 0.05


def tables_of(evaluation: Evaluation) -> list[Table]:
    """The measures over all questions; nDCG@10 and recall@10 by language and kind; what has no answer."""
    rows, shown = summarise(evaluation), list[Table]()
    if rows:
        over_all = [row for row in rows if row.group == ALL]
        shown += [_overall(over_all, speeds_of(evaluation), p_values(evaluation)), _others(over_all)]
        shown += [_by_group(rows, name) for name in (NDCG, RECALL)]
    refusals = refusals_of(evaluation)
    return [*shown, _refusals(refusals)] if refusals else shown


def comparison_table(comparison: Comparison) -> Table:
    """B less A; a star where chance alone makes it in less than 1 of 20."""
    title = f"B less A over {comparison.count} questions\nA  {comparison.a}\nB  {comparison.b}"
    table = _table(title, ["group", "measure", "n", "A", "B", "B - A", "95%", "p"], left=2)
    for one in comparison.differences:
        if one.group != ALL and one.measure not in (NDCG, RECALL):
            continue
        star = " *" if one.p < SIGNIFICANT else ""
        moved = one.difference
        cells = [
            f"{one.a:.3f}",
            f"{one.b:.3f}",
            f"{moved.mean:+.3f}",
            f"{moved.low:+.3f} to {moved.high:+.3f}",
        ]
        table.add_row(one.group, one.measure, str(one.count), *cells, f"{_p(one.p)}{star}")
    return table


def judgement_table(means: Mapping[str, tuple[Interval | None, int]], answers: int) -> Table:
    """Each measure of the judge with its interval, and how many answers it is of."""
    table = _table(f"{answers} answers, judged", ["measure", "mean", "95%", "judged", "not judged"])
    for name, (interval, judged) in means.items():
        told = ["-", "-"] if interval is None else [f"{interval.mean:.3f}", _bounds(interval)]
        table.add_row(name, *told, str(judged), str(answers - judged))
    return table


def _overall(rows: Sequence[Row], speeds: Sequence[Speed], p: Mapping[str, float]) -> Table:
    columns = ["system", *map(_two_lines, (NDCG, "95%", "p*", RECALL, "mrr", "ms@p50", "ms@p95"))]
    table = _table(f"{rows[0].count} answerable questions", columns)
    table.caption = f"p*: how easily chance alone makes {NDCG} differ this much from the first system"
    for row, speed in zip(rows, speeds, strict=True):
        first = row.measures[NDCG]
        by_chance = _p(p[row.system]) if row.system in p else ""
        means = [f"{row.measures[name].mean:.3f}" for name in (RECALL, "mrr")]
        times = [f"{speed.median_ms:.0f}", f"{speed.slow_ms:.0f}"]
        table.add_row(row.system, f"{first.mean:.3f}", _bounds(first), by_chance, *means, *times)
    return table


def _others(rows: Sequence[Row]) -> Table:
    names = [name for name in rows[0].measures if name not in (NDCG, RECALL, "mrr")]
    table = _table("further measures", ["system", *map(_two_lines, names)])
    for row in rows:
        table.add_row(row.system, *(f"{row.measures[name].mean:.3f}" for name in names))
    return table


def _by_group(rows: Sequence[Row], name: str) -> Table:
    """A column a language and a kind; their crossings are left to the report."""
    shown = [row for row in rows if "," not in row.group]
    counts = {row.group: row.count for row in shown}
    best = {group: max(row.measures[name].mean for row in shown if row.group == group) for group in counts}
    heads = [f"{group.rpartition(' ')[2]}\n{count}" for group, count in counts.items()]
    table = _table(f"{name} by language and kind", ["system", *heads], space=0)
    for system in dict.fromkeys(row.system for row in shown):
        of = {row.group: row.measures[name].mean for row in shown if row.system == system}
        cells = [_bold(f"{of[group]:.3f}", of[group] == best[group]) for group in counts]
        table.add_row(system, *cells)
    return table


def _bold(text: str, best: bool) -> str:
    return f"[bold]{text}[/bold]" if best else text


def _refusals(refusals: Sequence[Refusals]) -> Table:
    table = _table("questions without an answer", ["system", "recognised", "name said", "false alarms"])
    for one in refusals:
        table.add_row(
            one.system,
            f"{one.recognised} of {one.unanswerable}",
            f"{one.named} of {one.unanswerable}",
            f"{one.false_alarms} of {one.answerable}",
        )
    return table


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "<0.001"


def _two_lines(name: str) -> str:
    return name.replace("@", "\n@")


def _bounds(interval: Interval) -> str:
    return f"{interval.low:.3f}-{interval.high:.3f}"


def _table(title: str, columns: Iterable[str], left: int = 1, space: int = 1) -> Table:
    """Narrow enough for 80 columns; a name is never cut."""
    table = Table(
        title=title,
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, space, 0, 0),
    )
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at < left else "right", no_wrap=True)
    return table
