"""The tools that look: schema, queries, plans. Each is a thin call into the domain."""

from typing import Annotated

from pydantic import Field

from ankus_postgres_sql import explore, query
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.results.owner import owner_of
from ankus_postgres_sql.table_text import Format
from ankus_postgres_sql.toolset import DatabaseContext, Toolset
from ankus_shared.answers import Answer

Select = Annotated[
    str,
    Field(
        description="One SELECT in PostgreSQL's SQL",
        min_length=1,
        json_schema_extra={"contentMediaType": "application/sql"},  # RFC 6922
    ),
]


def add_tools(toolset: Toolset) -> None:
    """Register them."""

    @toolset.tool()
    async def list_schemas(database: Database) -> Answer:
        """List the database's schemas and how many tables each has."""
        return await explore.list_schemas(database)

    @toolset.tool()
    async def list_tables(
        database: Database,
        schema: Annotated[str, Field(description="Only this schema; empty for all")] = "",
    ) -> Answer:
        """List the tables with columns, types, keys, foreign keys and the values of columns with few."""
        return await explore.list_tables(database, schema)

    @toolset.tool()
    async def describe_table(
        database: Database,
        table: Annotated[str, Field(description="Name of a table or view", min_length=1)],
    ) -> Answer:
        """Describe one table in full: keys both ways, indexes, ranges, whole comments."""
        return await explore.describe_table(database, table)

    @toolset.tool()
    async def run_query(
        database: Database,
        context: DatabaseContext,
        sql: Select,
        max_rows: Annotated[int, Field(description="Rows at most; 0 for the default", ge=0, le=1000)] = 0,
        format: Annotated[Format, Field(description="Of the rows")] = "markdown",
    ) -> Answer:
        """Run one SELECT (reads only) and return its rows; an error says what to correct."""
        return await query.run_query(database, sql, max_rows, format, owner_of(context))
