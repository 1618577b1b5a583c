"""The tool that draws."""

from typing import Annotated

from pydantic import Field

from ankus_postgres_sql.charts import plot
from ankus_postgres_sql.charts.draw import PictureFormat
from ankus_postgres_sql.charts.wish import Aggregate, Mark, Wish
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.results.owner import owner_of
from ankus_postgres_sql.toolset import DatabaseContext, Toolset
from ankus_shared.answers import Answer


def add_tools(toolset: Toolset) -> None:
    """Register it."""

    @toolset.tool()
    async def plot_result(
        database: Database,
        context: DatabaseContext,
        result_id: Annotated[str, Field(description="Such as r1")],
        mark: Annotated[Mark, Field(description="Kind")],
        x: Annotated[str, Field(description="Column")] = "",
        y: Annotated[str, Field(description="Column; empty counts rows")] = "",
        color: Annotated[str, Field(description="Column; a heat map's value")] = "",
        facet: Annotated[str, Field(description="Column")] = "",
        aggregate: Annotated[Aggregate, Field(description="Of y")] = "",
        format: Annotated[PictureFormat, Field(description="Form")] = "png",
        title: Annotated[str, Field(description="Title")] = "",
    ) -> Answer:
        """Draw an earlier result, and say what it shows."""
        wish = Wish(mark=mark, x=x, y=y, color=color, facet=facet, aggregate=aggregate, title=title)
        return await plot.plot_result(database, result_id, wish, format, owner_of(context))
