"""Making and dropping a graph: AGE's schema and labels, our two tables beside them, and their indexes.

Everything happens in the caller's transaction. A label table itself is never altered: AGE reads it by
position, and a further column crashes the server.
"""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection, sql

from ankus_code_graph.model import EDGE_LABELS, LABEL_ID, LABELS, VERTEX_LABELS
from ankus_code_graph.search.index import create_text_index
from ankus_code_graph.store.connect import SCHEMA
from ankus_shared.errors import DependencyError

SIDE_TABLES = ("file", "document")
NAMED = tuple(label for label in VERTEX_LABELS if label not in ("Directory", "File"))
"""Labels whose things have a name and stand in a file; directories and files have a path."""
VERTEX_PROPERTIES = {
    "Directory": ("path",),
    "File": ("path",),
    **{label: ("name", "file") for label in NAMED},
}
EDGE_COLUMNS = ("id", "start_id", "end_id")


def table(graph: str, label: str) -> sql.Composed:
    """A table of a graph, as SQL names it."""
    return sql.SQL("{}.{}").format(sql.Identifier(graph), sql.Identifier(label))


def side_table(name: str) -> str:
    """The name, in the graph's schema, of its part of ankus_code_graph.<name>."""
    return f"ankus_{name}"


def create_graph(connection: Connection[Any], graph: str) -> None:
    """Make an empty graph without the indexes that slow a load down.

    Raises:
        DependencyError: If this AGE numbers the labels in another way than `model` counts on.
    """
    connection.execute("SELECT ag_catalog.create_graph(%s)", [graph])
    for label in VERTEX_LABELS:
        connection.execute("SELECT ag_catalog.create_vlabel(%s, %s)", [graph, label])
    for label in EDGE_LABELS:
        connection.execute("SELECT ag_catalog.create_elabel(%s, %s)", [graph, label])
    _check_labels(connection, graph)
    for name in _dropped_while_loading(connection, graph):
        connection.execute(sql.SQL("DROP INDEX {}").format(table(graph, name)))
    for name in SIDE_TABLES:
        connection.execute(
            sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING STORAGE)").format(
                table(graph, side_table(name)), table(SCHEMA, name)
            )
        )


def finish_graph(connection: Connection[Any], graph: str) -> None:
    """Make the indexes of a loaded graph, and its side tables a part of those of all graphs."""
    connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
    has_index = _indexed_columns(connection, graph)
    for label, expression in _wanted_indexes():
        if (label, expression) not in has_index:
            statement = sql.SQL("CREATE INDEX ON {} ({})")
            connection.execute(statement.format(table(graph, label), sql.SQL(expression)))
    create_text_index(connection, graph)
    for name in SIDE_TABLES:
        connection.execute(
            sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES IN ({})").format(
                table(SCHEMA, name), table(graph, side_table(name)), sql.Literal(graph)
            )
        )


def drop_graph(connection: Connection[Any], graph: str) -> None:
    """Remove a graph with all that belongs to it."""
    connection.execute("DELETE FROM ankus_code_graph.graph WHERE name = %s", [graph])
    connection.execute("SET LOCAL client_min_messages = warning")  # or every table is a notice
    connection.execute("SELECT ag_catalog.drop_graph(%s, true)", [graph])


def grant_reading(connection: Connection[Any], graph: str, role: str) -> None:
    """Let a role read a graph."""
    for schema in ("ag_catalog", SCHEMA, graph):
        names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
        for statement in ("GRANT USAGE ON SCHEMA {schema}", "GRANT SELECT ON ALL TABLES IN SCHEMA {schema}"):
            connection.execute(sql.SQL(statement + " TO {role}").format(**names))


def analyze(connection: Connection[Any], graph: str, names: Iterable[str]) -> None:
    """Let the planner know how many rows there are now, and of what kind."""
    for name in names:
        connection.execute(sql.SQL("ANALYZE {}").format(table(graph, name)))


def _property(name: str) -> str:
    return f"ag_catalog.agtype_access_operator(properties, '\"{name}\"'::ag_catalog.agtype)"


def _wanted_indexes() -> list[tuple[str, str]]:
    """(label, column or expression) of every index that a graph has."""
    columns = [(label, "id") for label in VERTEX_LABELS]
    columns += [(label, column) for label in EDGE_LABELS for column in EDGE_COLUMNS]
    properties = [(label, _property(name)) for label, names in VERTEX_PROPERTIES.items() for name in names]
    return columns + properties


def _check_labels(connection: Connection[Any], graph: str) -> None:
    query = """
        SELECT l.name::text, l.id FROM ag_catalog.ag_label l
          JOIN ag_catalog.ag_graph g ON g.graphid = l.graph
         WHERE g.name = %s AND l.name::text = ANY (%s)"""
    found = dict(connection.execute(query, [graph, list(LABELS)]).fetchall())
    if found != LABEL_ID:
        raise DependencyError(
            "This version of Apache AGE numbers the labels of a graph in a way that is not known.",
            hint="Use AGE 1.5 to 1.7, or the embedded server.",
            code="age_unknown",
        )


def _dropped_while_loading(connection: Connection[Any], graph: str) -> list[str]:
    """The indexes on start_id and end_id that AGE 1.7 makes by itself; a primary key stays."""
    query = """
        SELECT c.relname FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
          JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE n.nspname = %s AND t.relname = ANY (%s) AND NOT i.indisprimary"""
    return [name for (name,) in connection.execute(query, [graph, list(EDGE_LABELS)])]


def _indexed_columns(connection: Connection[Any], graph: str) -> set[tuple[str, str]]:
    """(label, column) of what AGE's own indexes hold."""
    query = """
        SELECT t.relname, a.attname FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
          JOIN pg_namespace n ON n.oid = t.relnamespace
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
         WHERE n.nspname = %s AND i.indnatts = 1"""
    return set(connection.execute(query, [graph]).fetchall())
