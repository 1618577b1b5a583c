"""The tools of the toolset `tuning`."""

from typing import Annotated

from pydantic import Field

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.toolset import Toolset
from ankus_postgres_sql.tuning import locks, slow
from ankus_postgres_sql.tuning.advice import advise
from ankus_postgres_sql.tuning.health import check
from ankus_postgres_sql.tuning.lint import check as lint
from ankus_shared.answers import Answer


def add_tools(toolset: Toolset) -> None:
    """Register them."""

    @toolset.tool()
    async def check_health(
        database: Database,
        area: Annotated[check.Area, Field(description="One area, or all")] = "all",
    ) -> Answer:
        """Find what is wrong with the database; each finding has figures, a meaning and SQL that mends it."""
        return await check.check_health(database, area)

    @toolset.tool()
    async def list_slow_queries(
        database: Database,
        order: Annotated[slow.Order, Field(description="What to order by")] = "total",
        limit: Annotated[int, Field(description="Queries at most", ge=1, le=50)] = 10,
    ) -> Answer:
        """List the queries that cost this database most, as pg_stat_statements counted them."""
        return await slow.list_slow_queries(database, order, limit)

    @toolset.tool()
    async def list_locks(database: Database) -> Answer:
        """Show which sessions wait for locks, who blocks them, and for how long."""
        return await locks.list_locks(database)

    @toolset.tool()
    async def recommend_indexes(
        database: Database,
        sql: Annotated[
            str, Field(description="One SELECT, UPDATE or DELETE, not run; empty for the counted workload")
        ] = "",
        table: Annotated[str, Field(description="Only on this table")] = "",
    ) -> Answer:
        """Propose indexes for a query or the whole workload, each with its benefit, size and write cost."""
        return await advise.recommend_indexes(database, sql, table)

    @toolset.tool()
    async def lint_query(
        database: Database,
        sql: Annotated[str, Field(description="One SELECT; it is not run", min_length=1)],
    ) -> Answer:
        """Find what may be wrong, slow or fragile in a query before it runs, and what to write instead."""
        return await lint.lint_query(database, sql)
