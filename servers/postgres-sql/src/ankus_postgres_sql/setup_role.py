"""The command `setup-role`: the reader role as SQL for an administrator, or made at once."""

import secrets
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ankus_postgres_sql.database import APPLICATION, check_posture
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
        if settings.apply:
            raise SettingsError("--apply needs an administrator's --database-url.")
        return _script(settings, settings.database, list(settings.schema) or ["public"])
    conninfo = complete_conninfo(url, application_name=APPLICATION, session={})
    with _connected(conninfo) as connection:
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
        raise DatabaseUnavailable(
            f"The role was not made: {error.diag.message_primary or type(error).__name__}.",
            hint="Use the URL of a role that may create roles and grant.",
            code="role_not_made",
        ) from error
    with _connected(make_conninfo(conninfo, user=settings.role, password=password)) as reader:
        check_posture(inspect_posture(reader))
    return _url(conninfo, settings.role, password) + "\n"


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
