"""The command `setup-role`: the reader role as SQL for an administrator, or made at once."""

import secrets
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from ankus_postgres_sql.access.masks import MARK, judge, statements
from ankus_postgres_sql.access.matrix import Access, Rules, read_access
from ankus_postgres_sql.database import APPLICATION, check_posture
from ankus_postgres_sql.named import text
from ankus_postgres_sql.settings import RoleSettings
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import DatabaseUnavailable, ensure_reader, inspect_posture, reader_script
from ankus_shared.postgres.pool import complete_conninfo, unavailable
from ankus_shared.postgres.roles import user_schemas


def setup_role(settings: RoleSettings) -> str:
    """The SQL that makes the reader role; with `apply` it is made, and the text is the reader's URL.

    Raises:
        SettingsError: If `apply` is asked for without a URL.
        DatabaseUnavailable: If the administrator cannot log in or may not make the role.
        RoleTooStrong: If the role, once made, may still do more than read.
    """
    url = settings.url()
    if url is None:
        if settings.apply or settings.access is not None:
            raise SettingsError("--apply and --access need an administrator's --database-url.")
        return _script(settings, settings.database, list(settings.schema) or ["public"])
    conninfo = complete_conninfo(url, application_name=APPLICATION, session={})
    with _connected(conninfo) as connection:
        if settings.access is not None:
            return _setup_access(connection, settings, read_access(settings.access))
        if settings.apply:
            return _apply(connection, settings, conninfo)
        return _script(settings, connection.info.dbname, list(settings.schema) or user_schemas(connection))


def _script(settings: RoleSettings, database: str, schemas: list[str]) -> str:
    return reader_script(database, schemas, role=settings.role, statement_seconds=settings.statement_timeout)


def _apply(connection: Connection[Any], settings: RoleSettings, conninfo: str) -> str:
    password = secrets.token_urlsafe(24)
    try:
        ensure_reader(
            connection,
            role=settings.role,
            password=password,
            statement_seconds=settings.statement_timeout,
            schemas=list(settings.schema) or None,
        )
    except psycopg.Error as error:
        raise _not_made(error) from error
    with _connected(make_conninfo(conninfo, user=settings.role, password=password)) as reader:
        check_posture(inspect_posture(reader))
    return _url(conninfo, settings.role, password) + "\n"


def _setup_access(connection: Connection[Any], settings: RoleSettings, access: Access) -> str:
    """The SQL of the access file's roles; with `apply` it is run, in one transaction."""
    rules = {i.role: access.role.get(i.role, Rules()) for i in access.identity.values() if i.role}
    made: list[sql.Composed] = []
    with connection.cursor(row_factory=dict_row) as cursor:
        for role, wanted in rules.items():
            cursor.execute(text("access/columns"), {"role": role, "mark": f"{MARK}%"})
            columns = cursor.fetchall()
            links = cursor.execute(text("access/links")).fetchall()
            made += statements(role, settings.role, wanted, judge(columns, links, wanted))
    if not settings.apply:
        lines = ["BEGIN;", *(f"{statement.as_string()};" for statement in made), "COMMIT;"]
        return "\n".join(lines) + "\n"
    try:
        with connection.transaction():
            for statement in made:
                connection.execute(statement)
    except psycopg.Error as error:
        raise _not_made(error) from error
    return f"Made {len(rules)} roles: {', '.join(rules)}.\n"


def _not_made(error: psycopg.Error) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The role was not made: {error.diag.message_primary or type(error).__name__}.",
        hint="Use the URL of a role that may create roles and grant.",
        code="role_not_made",
    )


def _connected(conninfo: str) -> Connection[Any]:
    try:
        return psycopg.connect(conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        raise unavailable(error, conninfo) from error


def _url(conninfo: str, role: str, password: str) -> str:
    """The reader's URL beside the administrator's."""
    given = conninfo_to_dict(conninfo)
    host, port, database = (str(given.get(name) or "") for name in ("host", "port", "dbname"))
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    if host.startswith("/"):
        rest = f"@/{quote(database, safe='')}?host={quote(host, safe='')}"
        return f"postgresql://{login}{rest}{f'&port={port}' if port else ''}"
    return f"postgresql://{login}@{host}{f':{port}' if port else ''}/{quote(database, safe='')}"
