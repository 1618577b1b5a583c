"""The tools for plans: explain_query reads one, compare_plans two side by side."""

from typing import Annotated

from pydantic import Field

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.plans import compare, explain
from ankus_postgres_sql.read_tools import Select
from ankus_postgres_sql.results.owner import owner_of
from ankus_postgres_sql.toolset import DatabaseContext, Toolset
from ankus_shared.answers import Answer


def add_tools(toolset: Toolset) -> None:
    """Register explain_query for everybody, compare_plans for tuning."""
    tuning = toolset.only("tuning")

    @toolset.tool()
    async def explain_query(
        database: Database,
        context: DatabaseContext,
        sql: Select,
        analyze: Annotated[bool, Field(description="Run it and measure")] = False,
    ) -> Answer:
        """Explain why one SELECT is slow: its plan, what is wrong in it, and what to try."""
        return await explain.explain_query(database, sql, analyze, owner_of(context))

    @tuning.tool()
    async def compare_plans(
        database: Database,
        context: DatabaseContext,
        sql_a: Select,
        sql_b: Annotated[str, Field(description="The other SELECT; empty for the same one")] = "",
        hints_b: Annotated[str, Field(description="Hints for the second, such as HashJoin(a b)")] = "",
        analyze: Annotated[bool, Field(description="Run both, measure, and compare their rows")] = False,
    ) -> Answer:
        """Compare the plans of two SELECTs, or of one without and with hints: cost, shape, time, rows."""
        return await compare.compare_plans(database, sql_a, sql_b, hints_b, analyze, owner_of(context))
