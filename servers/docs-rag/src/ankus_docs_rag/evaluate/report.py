"""An evaluation, a comparison or a judgement as one HTML page that needs nothing from outside."""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ankus_docs_rag.evaluate import charts
from ankus_docs_rag.evaluate.compare import Comparison
from ankus_docs_rag.evaluate.judge import Judged, means_of
from ankus_docs_rag.evaluate.measures import recall_at
from ankus_docs_rag.evaluate.questions import Question
from ankus_docs_rag.evaluate.run import Evaluation, Outcome
from ankus_docs_rag.evaluate.summary import (
    NDCG,
    RECALL,
    Row,
    measure_names,
    p_values,
    refusals_of,
    speeds_of,
    summarise,
)

_LOOKED_AT = 10


@dataclass(frozen=True)
class Failure:
    """A question of which a place is not among the first ten, or whose answer was wrongly denied."""

    question: Question
    outcome: Outcome
    why: str


def to_html(evaluation: Evaluation, title: str) -> str:
    """The page of an evaluation; text from documents and questions is escaped."""
    rows = summarise(evaluation)
    plots = {"bars": "", "curves": "", "heat": ""}
    if rows:
        plots = {
            "bars": charts.bars(rows),
            "curves": charts.curves(rows, evaluation.k_values),
            "heat": charts.heat_map(evaluation),
        }
    return _page(
        "report.html",
        title=title,
        evaluation=evaluation,
        plots={name: Markup(svg) for name, svg in plots.items()},  # noqa: S704 - drawn by us
        groups=_by_group(rows),
        names=measure_names(evaluation.k_values),
        told=[NDCG, RECALL],
        speeds=speeds_of(evaluation),
        p=p_values(evaluation) if rows else {},
        refusals=refusals_of(evaluation),
        failures=failures_of(evaluation),
        judged=next(iter(evaluation.outcomes), ""),
    )


def comparison_html(comparison: Comparison, title: str) -> str:
    """The page of a comparison."""
    return _page(
        "comparison.html",
        title=title,
        comparison=comparison,
        plot=Markup(charts.differences(comparison)),  # noqa: S704 - drawn by us
        told=[NDCG, RECALL],
    )


def judgement_html(judged: Sequence[Judged], title: str) -> str:
    """The page of answers that were judged, the least faithful first."""
    means = means_of(judged)
    some = any(count for _, count in means.values())
    return _page(
        "judgement.html",
        title=title,
        judged=sorted(judged, key=lambda one: (one.faithfulness is None, one.faithfulness)),
        means=means,
        plot=Markup(charts.judgement(judged)) if some else "",  # noqa: S704 - drawn by us
    )


def failures_of(evaluation: Evaluation) -> list[Failure]:
    """What the first system, which is ours, did not get right."""
    outcomes = next(iter(evaluation.outcomes.values()), ())
    pairs = zip(evaluation.questions, outcomes, strict=False)
    return [Failure(asked, outcome, why) for asked, outcome in pairs if (why := _why(asked, outcome))]


def _why(question: Question, outcome: Outcome) -> str:
    if not question.answerable:
        return "" if outcome.missing else "has no answer, and that was not said"
    if outcome.missing:
        return f"said to be missing: {', '.join(outcome.missing)}"
    if recall_at(outcome.ranks, _LOOKED_AT) == 1:
        return ""
    ranks = ", ".join("not found" if rank is None else f"rank {rank}" for rank in outcome.ranks)
    return ranks


def _by_group(rows: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return groups


def _page(name: str, **values: object) -> str:
    environment = Environment(
        loader=PackageLoader("ankus_docs_rag", "evaluate"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(**values)
