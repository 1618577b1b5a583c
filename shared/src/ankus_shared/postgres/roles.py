"""Login roles: what one may do (its posture), and the making of one that only reads.

https://www.postgresql.org/docs/18/predefined-roles.html lists the roles that reach outside or write.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection, sql

READER = "ankus_reader"
STATEMENT_SECONDS = 15
_LOCK = 0x726561646572  # "reader"
_ATTRIBUTES: LiteralString = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

STRONG_ROLES = (
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_execute_server_program",
    "pg_write_all_data",
    "pg_signal_backend",
    "pg_signal_autovacuum_worker",
    "pg_checkpoint",
    "pg_maintain",
    "pg_create_subscription",
    "pg_use_reserved_connections",
    "pg_database_owner",
)

POSTURE: LiteralString = """
SELECT current_user,
       current_setting('is_superuser') = 'on',
       r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
       ARRAY(SELECT o.rolname::text FROM pg_roles o
              WHERE (o.rolsuper OR o.rolname = ANY (%(strong)s)) AND o.rolname <> current_user
                AND NOT r.rolsuper AND pg_has_role(current_user, o.oid, 'MEMBER') ORDER BY 1),
       ARRAY(SELECT format('%%I.%%I', n.nspname, c.relname)
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
                AND n.nspname !~ '^pg_'
                AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                     OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))
              ORDER BY 1 LIMIT 4),
       ARRAY(SELECT n.nspname::text FROM pg_namespace n
              WHERE n.nspname !~ '^pg_(temp|toast)' AND has_schema_privilege(n.oid, 'CREATE')
              ORDER BY 1 LIMIT 4),
       has_database_privilege(current_database(), 'CREATE'),
       has_database_privilege(current_database(), 'TEMPORARY'),
       current_database()
  FROM pg_roles r WHERE r.rolname = current_user"""


@dataclass(frozen=True)
class Posture:
    """What a login role may do beyond reading."""

    role: str
    superuser: bool
    createrole: bool
    createdb: bool
    replication: bool
    bypassrls: bool
    strong_memberships: list[str]
    writable: list[str]
    """Up to four tables that it may write to."""
    creatable: list[str]
    """Up to four schemas that it may create objects in."""
    database_create: bool
    database_temporary: bool
    """Harmless in a read-only transaction, and PUBLIC's right by default: reported, not refused."""
    database: str

    def excess(self) -> list[str]:
        """What is too strong for a reader, each as a few words; empty for a reader."""
        if self.superuser:
            return ["it is a superuser"]  # which implies all the rest
        flags = ("createrole", "createdb", "replication", "bypassrls")
        return [
            *(f"it has {flag.upper()}" for flag in flags if getattr(self, flag)),
            *(f"it is a member of {role}" for role in self.strong_memberships),
            *_listed("it may write to", self.writable),
            *_listed("it may create objects in schema", self.creatable),
            *([f"it may create schemas in database {self.database}"] if self.database_create else []),
        ]


def posture_parameters() -> dict[str, list[str]]:
    """The parameters of `POSTURE`."""
    return {"strong": list(STRONG_ROLES)}


def inspect_posture(connection: Connection[Any]) -> Posture:
    """The posture of the role that `connection` is logged in as."""
    row = connection.execute(POSTURE, posture_parameters()).fetchone()
    assert row is not None  # current_user is always in pg_roles
    return Posture(*row)


def reader_statements(
    database: str,
    schemas: list[str],
    *,
    role: str = READER,
    statement_seconds: int = STATEMENT_SECONDS,
) -> list[sql.Composed]:
    """The statements that let an existing `role` read `schemas` of `database`, and what comes later there.

    Default privileges hold for what the role that runs these statements makes later.
    """
    names = {
        "role": sql.Identifier(role),
        "database": sql.Identifier(database),
        "seconds": sql.Literal(f"{statement_seconds}s"),
    }
    settings: list[LiteralString] = [
        "ALTER ROLE {role} SET default_transaction_read_only = on",
        "ALTER ROLE {role} SET statement_timeout = {seconds}",
        "ALTER ROLE {role} SET idle_in_transaction_session_timeout = '60s'",
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {role}",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role}",
    ]
    grants: list[LiteralString] = [
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
    ]
    return [sql.SQL(text).format(**names) for text in settings] + [
        sql.SQL(text).format(**names, schema=sql.Identifier(schema)) for schema in schemas for text in grants
    ]


def reader_script(
    database: str,
    schemas: list[str],
    *,
    role: str = READER,
    statement_seconds: int = STATEMENT_SECONDS,
) -> str:
    """SQL text for a person who administers `database`: makes the reader role, without a password in it."""
    name = sql.Identifier(role).as_string()
    statements = reader_statements(database, schemas, role=role, statement_seconds=statement_seconds)
    where = sql.Identifier(database).as_string()
    lines = [
        "-- Run as an administrator, in psql; the first line as a role with CREATEROLE.",
        f"CREATE ROLE {name} {_ATTRIBUTES};",
        f"\\password {name}",
        *(statement.as_string() + ";" for statement in statements),
        "-- Optional, as they concern every role: no temporary tables, and English messages (superuser).",
        f"-- REVOKE TEMPORARY ON DATABASE {where} FROM PUBLIC;",
        f"-- ALTER ROLE {name} SET lc_messages = 'C';",
    ]
    return "\n".join(lines) + "\n"


def ensure_reader(
    connection: Connection[Any],
    *,
    role: str = READER,
    password: str | None = None,
    statement_seconds: int = STATEMENT_SECONDS,
    schemas: list[str] | None = None,
    own_database: bool = False,
) -> None:
    """Make the reader role, or give an existing one what it needs, in the database of `connection`.

    Args:
        connection: As an administrator, in autocommit mode.
        password: Set for the role; None leaves what it has.
        schemas: What it may read; by default all that people made.
        own_database: The database is ours: also take TEMPORARY from PUBLIC.
    """
    with connection.transaction():
        # Two processes that grant at the same time make "tuple concurrently updated".
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _make_role(connection, role, password)
        database = connection.info.dbname
        places = user_schemas(connection) if schemas is None else schemas
        for statement in reader_statements(database, places, role=role, statement_seconds=statement_seconds):
            connection.execute(statement)
        if own_database:
            connection.execute(
                sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
            )


def user_schemas(connection: Connection[Any]) -> list[str]:
    """The schemas of the database that people made."""
    rows = connection.execute(
        "SELECT nspname FROM pg_namespace"
        " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"
    )
    return [name for (name,) in rows]


def _make_role(connection: Connection[Any], role: str, password: str | None) -> None:
    name = sql.Identifier(role)
    exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if exists is None:
        connection.execute(sql.SQL("CREATE ROLE {} " + _ATTRIBUTES).format(name))
    elif connection.info.parameter_status("is_superuser") == "on":
        connection.execute(sql.SQL("ALTER ROLE {} " + _ATTRIBUTES).format(name))
    if password is not None:
        encrypted = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(encrypted.decode())))


def _listed(what: str, names: list[str]) -> list[str]:
    """`what` with at most three names."""
    more = " and more" if len(names) > 3 else ""
    return [f"{what} {', '.join(names[:3])}{more}"] if names else []
