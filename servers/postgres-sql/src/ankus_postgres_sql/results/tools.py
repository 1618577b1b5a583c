"""The tool that returns to a result."""

from typing import Annotated

from pydantic import Field

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.results import page
from ankus_postgres_sql.results.owner import owner_of
from ankus_postgres_sql.table_text import Format
from ankus_postgres_sql.toolset import DatabaseContext, Toolset
from ankus_shared.answers import Answer


def add_tools(toolset: Toolset) -> None:
    """Register it."""

    @toolset.tool()
    async def get_result(
        database: Database,
        context: DatabaseContext,
        result_id: Annotated[str, Field(description="Such as r1")],
        offset: Annotated[int, Field(description="Rows to skip", ge=0)] = 0,
        limit: Annotated[int, Field(description="Rows", ge=0, le=1000)] = 0,
        where: Annotated[str, Field(description="SQL condition")] = "",
        order: Annotated[str, Field(description="SQL, as in ORDER BY")] = "",
        columns: Annotated[list[str], Field(description="Empty for all")] = [],  # noqa: B006 - never changed
        format: Annotated[Format, Field(description="Form")] = "markdown",
    ) -> Answer:
        """Page, filter or sort an earlier result. To join it, name it in run_query: FROM r1."""
        wanted = page.Page(offset=offset, limit=limit, where=where, order=order, columns=columns)
        return await page.get_result(database, result_id, wanted, format, owner_of(context))
