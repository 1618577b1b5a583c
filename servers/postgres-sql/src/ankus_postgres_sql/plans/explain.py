"""EXPLAIN of one query: asked as JSON, answered as findings and a compact tree."""

import json
from collections.abc import Mapping, Sequence

from pglast import ast
from psycopg import sql

from ankus_postgres_sql import named
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.errors import RowTooLarge, StatementRefused
from ankus_postgres_sql.explained import without_explain
from ankus_postgres_sql.plans.finding import Finding, Size
from ankus_postgres_sql.plans.findings import findings
from ankus_postgres_sql.plans.model import Plan, parse_plan
from ankus_postgres_sql.plans.tree import tree
from ankus_postgres_sql.query import guarded, run
from ankus_postgres_sql.results.bind import bind
from ankus_postgres_sql.results.shown import partial_line
from ankus_postgres_sql.results.store import LOCAL, Owner
from ankus_postgres_sql.statement import Statement, parse_statement
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection
from ankus_shared.untrusted import frame

OPTIONS = ("FORMAT JSON", "VERBOSE", "SETTINGS", "BUFFERS")


async def explain_query(database: Database, text: str, analyze: bool = False, owner: Owner = LOCAL) -> Answer:
    """The plan of one query with what is wrong in it; with `analyze` the query runs and is measured.

    Args:
        owner: Whose kept results the text may name.

    Raises:
        AnkusError: If it is refused or fails; with what to do next.
    """
    statement, asked = explainable(text)
    analyze = analyze or asked
    prefix = explain_prefix(analyze)
    bound = await bind(database, statement, owner)
    async with guarded(database, statement, offset=len(prefix) + bound.offset) as connection:
        plan = await ask_plan(database, connection, prefix + bound.text, bound.parameters)
        found = findings(plan, await table_sizes(connection, plan))
    return _answer(plan, found, partial_line(bound.partial))


def explain_prefix(analyze: bool, timing: bool = True) -> str:
    """What stands before a query to have its plan as JSON."""
    more = ["ANALYZE"] * analyze + ["TIMING OFF"] * (analyze and not timing)
    return f"EXPLAIN ({', '.join([*OPTIONS, *more])}) "


def explainable(text: str) -> tuple[Statement, bool]:
    """The query of `text`, and whether an EXPLAIN that stood before it asked for ANALYZE.

    The words of the EXPLAIN become blanks, so that positions in the text stay what they were.

    Raises:
        StatementRefused: If it is no read, or has no plan.
    """
    statement = parse_statement(text)
    if statement.kind == "VariableShow":
        raise StatementRefused("SHOW has no plan.", hint="Run it with run_query.")
    if not isinstance(statement.tree, ast.ExplainStmt):
        return statement, False
    options = {option.defname: option.arg for option in statement.tree.options or ()}
    asked = "analyze" in options and _is_on(options["analyze"])
    return parse_statement(without_explain(text)), asked


def _is_on(argument: ast.Node | None) -> bool:
    value = getattr(argument, "sval", getattr(argument, "ival", "on"))
    return str(value).lower() not in ("off", "false", "0", "no")


async def ask_plan(
    database: Database, connection: Connection, text: str, parameters: Sequence[bytes] = ()
) -> Plan:
    """Run an EXPLAIN that answers JSON, inside `guarded`."""
    try:
        result = await run(database, connection, text, 1, parameters)
    except RowTooLarge as error:
        raise RowTooLarge(
            "The plan is too large to read.", hint="Explain a part of the query.", code="plan_too_large"
        ) from error
    return parse_plan(json.loads(result.rows[0][0] or b"[]"))


async def table_sizes(connection: Connection, plan: Plan) -> Mapping[tuple[str, str], Size]:
    """Rows and blocks of the tables that the plan scans, as of their last VACUUM or ANALYZE."""
    names = sorted(
        {
            (node.fields["Schema"], node.fields["Relation Name"])
            for node in plan.nodes()
            if "Relation Name" in node.fields and "Schema" in node.fields
        }
    )
    if not names:
        return {}
    schemas, tables = zip(*names, strict=True)
    rows = await named.query(connection, "table_sizes", schemas=list(schemas), tables=list(tables))
    return {(row["schema"], row["name"]): Size(row["rows"], row["blocks"]) for row in rows}


def headline(plan: Plan) -> str:
    """The figures of the whole plan in one line."""
    expected = f"cost {plan.cost:.0f}, {plan.root.estimate:.0f} rows expected"
    if plan.execution_ms is None:
        return f"Not run; {expected}."
    fields = plan.root.fields
    temporary = int(fields.get("Temp Read Blocks", 0)) + int(fields.get("Temp Written Blocks", 0))
    return (
        f"Ran in {plan.execution_ms:.1f} ms, planned in {plan.planning_ms:.1f} ms; {plan.root.rows:.0f} rows;"
        f" {expected}; blocks: {fields.get('Shared Hit Blocks', 0)} from memory,"
        f" {fields.get('Shared Read Blocks', 0)} read, {temporary} temporary."
    )


def _answer(plan: Plan, found: Sequence[Finding], partial: str) -> Answer:
    parts = [headline(plan), *([partial] if partial else [])]
    if plan.settings:
        parts.append("Settings: " + ", ".join(f"{name} = {value}" for name, value in plan.settings.items()))
    parts += [f"- {finding.text}" for finding in found] or [_nothing_found(plan)]
    parts.append(frame(tree(plan), "plan"))
    structured = {
        "analyzed": plan.analyzed,
        "cost": plan.cost,
        "planning_ms": plan.planning_ms,
        "execution_ms": plan.execution_ms,
        "findings": [{"kind": finding.kind, "node": finding.node} for finding in found],
    }
    return Answer("\n".join(parts), structured)


def _nothing_found(plan: Plan) -> str:
    return "Nothing wrong was found." if plan.analyzed else "Nothing wrong is seen; analyze=true measures."


def set_local(name: str, value: str) -> sql.Composed:
    """The SET LOCAL of one setting."""
    parts = [sql.Identifier(part) for part in name.split(".")]
    return sql.SQL("SET LOCAL {} = {}").format(sql.SQL(".").join(parts), sql.Literal(value))
