"""The tools of schema linking."""

from typing import Annotated

import anyio.to_thread
from pydantic import Field

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.linking import column_values as values
from ankus_postgres_sql.linking import joins
from ankus_postgres_sql.linking.question import FoundValue
from ankus_postgres_sql.linking.samples import look_up_names
from ankus_postgres_sql.linking.search import link
from ankus_postgres_sql.linking.shown import show, shown_tables
from ankus_postgres_sql.toolset import Toolset
from ankus_shared.answers import Answer


def add_tools(toolset: Toolset) -> None:
    """Register them."""

    @toolset.tool()
    async def search_schema(
        database: Database,
        question: Annotated[str, Field(description="In Russian or English", min_length=1, max_length=2000)],
    ) -> Answer:
        """Find the tables, columns, values and joins that a question means. Call it first."""
        return await search(database, question)

    @toolset.tool()
    async def find_join_path(
        database: Database,
        tables: Annotated[list[str], Field(description="Tables", min_length=1, max_length=6)],
    ) -> Answer:
        """Find how tables are joined: the FROM clause over foreign keys, and other ways."""
        return await joins.find_join_path(database, tables)

    @toolset.tool()
    async def column_values(
        database: Database,
        table: Annotated[str, Field(description="Table", min_length=1)],
        column: Annotated[str, Field(description="Column", min_length=1)],
        like: Annotated[str, Field(description="Part of a value, or similar", max_length=200)] = "",
    ) -> Answer:
        """List a column's values with counts, its range and NULLs; look up how a value is spelt."""
        return await values.column_values(database, table, column, like)


async def search(database: Database, question: str) -> Answer:
    """What a question means in the schema."""
    async with database.reading() as connection:
        index = await database.schema_indexes.get(connection)
        linked = await anyio.to_thread.run_sync(link, index, question, abandon_on_cancel=True)
        looked_up = await look_up_names(connection, linked, question)
    linked.values += [FoundValue(value, 1.0, frozenset()) for value in looked_up]
    if not linked.chosen:
        return Answer(
            f"Nothing in the schema matches this question, of {len(index.tables)} tables. Call list_tables.",
            {"tables": []},
        )
    names = [index.tables[number].label for number in shown_tables(linked)]
    return Answer(show(linked), {"tables": names})
