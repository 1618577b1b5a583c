"""Points as the few rows that are drawn."""

from collections.abc import Callable

from ankus_postgres_sql.charts import shapes
from ankus_postgres_sql.charts.chart import Chart
from ankus_postgres_sql.charts.series import series
from ankus_postgres_sql.charts.wish import Mark, Points

MAKERS: dict[Mark, Callable[[Points], Chart]] = {
    "bar": series,
    "line": series,
    "area": series,
    "scatter": shapes.scatter,
    "histogram": shapes.histogram,
    "box": shapes.box,
    "heatmap": shapes.heatmap,
}


def prepare(found: Points) -> Chart:
    """The chart of points, of which there is at least one."""
    return MAKERS[found.wish.mark](found)
