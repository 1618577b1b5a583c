"""The resources code-graph://schema and code-graph://schema/{graph}: what a graph holds, for queries."""

from psycopg import sql

from ankus_code_graph.model import LABELS
from ankus_code_graph.named import prompt
from ankus_code_graph.query.text import joined
from ankus_code_graph.query.view import View


async def counts_text(view: View) -> str:
    """How much of each label one graph holds."""
    parts = [
        sql.SQL("SELECT {}, count(*) FROM {}.{}").format(
            sql.Literal(label), view.schema, sql.Identifier(label)
        )
        for label in LABELS
    ]
    rows = await view.run(sql.SQL(" UNION ALL ").join(parts), {})
    counts = "\n".join(f"{label} {many:,}" for label, many in rows if many)
    revision = f" at {view.graph.revision}" if view.graph.revision else ""
    return joined(f"# Graph {view.graph.name}{revision}", counts)


def schema_text() -> str:
    """Labels, properties, rules, and queries to copy."""
    return prompt("schema")
