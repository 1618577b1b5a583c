"""Extensions that tuning stands on: which are here, and how to get one that is not."""

from ankus_postgres_sql.named import query
from ankus_postgres_sql.tuning.errors import ExtensionMissing
from ankus_shared.postgres import Connection

_PACKAGES = {
    "pg_stat_statements": "Debian: postgresql-contrib, or postgresql-N itself",
    "hypopg": "Debian: postgresql-N-hypopg",
    "pg_trgm": "Debian: postgresql-contrib, or postgresql-N itself",
}


async def extension_schemas(connection: Connection) -> dict[str, str | None]:
    """Extensions that are on the server's disk, with the schema of each that this database has."""
    return {row["name"]: row["schema"] for row in await query(connection, "tuning/extensions")}


def how_to_get(name: str, known: dict[str, str | None]) -> str:
    """What an administrator does to have an extension in this database."""
    installed = "" if name in known else f"install it on the server ({_PACKAGES[name]}), then "
    loaded = "put it into shared_preload_libraries and restart, then " if name == "pg_stat_statements" else ""
    text = f"{installed}{loaded}run CREATE EXTENSION {name};"
    return text[:1].upper() + text[1:]


async def statements_schema(connection: Connection) -> str:
    """The schema of pg_stat_statements.

    Raises:
        ExtensionMissing: If it is not in this database; says how to enable it.
    """
    known = await extension_schemas(connection)
    schema = known.get("pg_stat_statements")
    if schema is None:
        raise ExtensionMissing(
            "The extension pg_stat_statements, which counts what queries cost, is not in this database.",
            hint=how_to_get("pg_stat_statements", known),
        )
    return schema


def not_loaded() -> ExtensionMissing:
    """The error for a pg_stat_statements that was created but never loaded."""
    return ExtensionMissing(
        "The extension pg_stat_statements is in this database, but the server did not load it.",
        hint="ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements' (beside what is there),"
        " and restart.",
        code="extension_not_loaded",
    )
