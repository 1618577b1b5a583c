"""The tools for hints, which belong to tuning, and the grammars as a resource."""

from typing import Annotated

from pydantic import Field

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints import check, grammars, report
from ankus_postgres_sql.hints.grammar import Dialect
from ankus_postgres_sql.hints.grammars import Notation
from ankus_postgres_sql.read_tools import Select
from ankus_postgres_sql.results.owner import owner_of
from ankus_postgres_sql.toolset import DatabaseContext, Toolset
from ankus_shared.answers import Answer

HintSets = Annotated[
    list[str],
    Field(description="Hint sets, such as HashJoin(a b) Leading((a b))", min_length=1, max_length=8),
]


def add_tools(toolset: Toolset) -> None:
    """Register them."""
    tuning = toolset.only("tuning")

    @tuning.tool()
    async def check_hints(
        database: Database,
        context: DatabaseContext,
        sql: Select,
        hints: Annotated[str, Field(description="pg_hint_plan hints; empty for those in the SELECT")] = "",
    ) -> Answer:
        """Check hints for one SELECT: form, names, what the server uses, and whether the plan obeys."""
        return await check.check_hints(database, sql, hints, owner_of(context))

    @tuning.tool()
    async def measure_hints(
        database: Database,
        sql: Select,
        hint_sets: HintSets,
        context: DatabaseContext,
        seconds: Annotated[int, Field(description="Time for it all", ge=1, le=600)] = 60,
    ) -> Answer:
        """Measure hint sets against none: real gain, with retest and the same rows checked."""
        return await report.measure_hints(
            database, sql, hint_sets, seconds, context.report_progress, owner_of(context)
        )

    @tuning.tool()
    async def hint_grammar(
        database: Database,
        sql: Annotated[str, Field(description="The SELECT to bind it to; empty for the free grammar")] = "",
        dialect: Annotated[Dialect, Field(description="Language of the hints")] = "pg_hint_plan",
        notation: Annotated[Notation, Field(description="Notation of the grammar")] = "gbnf",
    ) -> Answer:
        """Give the grammar of hints, bound to the aliases and indexes of one SELECT."""
        return await grammars.hint_grammar(database, sql, dialect, notation)

    toolset.server.resource("hints://grammar/{dialect}/{notation}", mime_type="text/plain")(
        grammars.free_grammar
    )
