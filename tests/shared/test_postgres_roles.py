"""Login roles: a reader reads and nothing else, and a stronger role is recognised."""

import psycopg
import pytest

from ankus_shared.postgres import ensure_reader, inspect_posture, reader_script
from tests.fixtures.db import Clone


def test_the_reader_reads_what_is_there_and_what_comes(server_clone: Clone) -> None:
    with server_clone.admin() as admin:
        admin.execute("CREATE SCHEMA later; CREATE TABLE later.t (x int); INSERT INTO later.t VALUES (1)")
    with psycopg.connect(server_clone.reader_url) as reader:
        assert reader.execute("SELECT * FROM later.t").fetchall() == [(1,)]
        assert reader.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        assert inspect_posture(reader).excess() == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO marks VALUES ('x')",
        "CREATE TEMP TABLE t (x int)",
        "CREATE TABLE t (x int)",
        "CREATE SCHEMA s",
        "CREATE ROLE r",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_reader_may_not_even_without_the_read_only_transaction(clone: Clone, statement: str) -> None:
    with psycopg.connect(clone.reader_url, autocommit=True) as reader:
        reader.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(statement.encode())


@pytest.mark.parametrize(
    ("grant", "excess"),
    [
        ("ALTER ROLE {} SUPERUSER", "it is a superuser"),
        ("ALTER ROLE {} CREATEROLE", "it has CREATEROLE"),
        ("ALTER ROLE {} CREATEDB", "it has CREATEDB"),
        ("ALTER ROLE {} REPLICATION", "it has REPLICATION"),
        ("ALTER ROLE {} BYPASSRLS", "it has BYPASSRLS"),
        ("GRANT pg_read_server_files TO {}", "it is a member of pg_read_server_files"),
        ("GRANT pg_write_all_data TO {}", "it is a member of pg_write_all_data"),
        ("GRANT postgres TO {}", "it is a member of postgres"),
        ("GRANT INSERT ON orders TO {}", "it may write to public.orders"),
        ("GRANT UPDATE (status) ON orders TO {}", "it may write to public.orders"),
        ("ALTER TABLE marks OWNER TO {}", "it may write to public.marks"),
        ("GRANT CREATE ON SCHEMA sales TO {}", "it may create objects in schema sales"),
        ("GRANT CREATE ON DATABASE {0} TO {0}", "it may create schemas in database"),
    ],
)
def test_each_way_to_be_too_strong_is_named(server_clone: Clone, grant: str, excess: str) -> None:
    name = f"role_of_{server_clone.name}"
    with server_clone.admin() as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN".encode())
        admin.execute(
            grant.replace("{0}", server_clone.name, 1).format(name, name).replace("{0}", name).encode()
        )
        try:
            with psycopg.connect(server_clone.server.url(server_clone.name, name)) as connection:
                assert any(excess in found for found in inspect_posture(connection).excess())
        finally:
            admin.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}".encode())


def test_a_role_that_was_too_strong_is_made_a_reader_again(clone: Clone) -> None:
    with clone.admin() as admin:
        admin.execute("CREATE ROLE strong LOGIN SUPERUSER CREATEDB")
        ensure_reader(admin, role="strong", password="it's a secret", own_database=True)
        ensure_reader(admin, role="strong")
        with psycopg.connect(clone.server.url(clone.name, "strong")) as connection:
            assert inspect_posture(connection).excess() == []
            assert connection.execute("SELECT count(*) > 0 FROM sales.targets").fetchone() == (True,)
        admin.execute("DROP OWNED BY strong; DROP ROLE strong")


def test_the_printed_script_makes_the_same_role(clone: Clone) -> None:
    script = reader_script(clone.name, ["public"], role="Script Reader")
    assert '\\password "Script Reader"' in script
    with clone.admin() as admin:
        admin.execute(script.replace('\\password "Script Reader"', "").encode())
        with psycopg.connect(clone.server.url(clone.name, "Script Reader")) as connection:
            assert inspect_posture(connection).excess() == []
            connection.execute("SELECT * FROM orders")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT * FROM sales.targets")
        admin.execute('DROP OWNED BY "Script Reader"; DROP ROLE "Script Reader"')
