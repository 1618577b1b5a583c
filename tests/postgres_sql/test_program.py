"""The program as people start it: one clear line where it cannot serve."""

import tomllib
from pathlib import Path

import psycopg
import pytest
from mcp import Client

from tests.fixtures.db import Clone
from tests.fixtures.program import Command, the_line

PROGRAM = Command("ankus-postgres-sql")
run = PROGRAM.run
SERVER = Path(__file__).parents[2] / "servers" / "postgres-sql"


def test_a_superuser_is_refused_with_the_command_that_helps(clone: Clone) -> None:
    line = the_line(run("--database-url", clone.admin_url))
    assert "postgres is too strong for a reader: it is a superuser" in line
    assert "ankus-postgres-sql setup-role" in line


def test_a_role_that_may_write_is_refused_by_what_it_may(clone: Clone) -> None:
    name = f"writer_{clone.name}"
    with clone.admin() as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN CREATEDB; GRANT INSERT ON orders TO {name}".encode())
        admin.execute(f"GRANT pg_read_server_files TO {name}".encode())
    line = the_line(run("--database-url", clone.server.url(clone.name, name)))
    assert "CREATEDB" in line
    assert "member of pg_read_server_files" in line
    assert "write to public.orders" in line


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://reader:hunter2@127.0.0.1:1/shop", "Connection refused. Check that the server runs"),
        ("postgresql://reader:hunter2@[::1/shop", "not understood"),
        ("postgresql://reader:hunter2@/shop?host=/nowhere/at/all", "No such file"),
        ("mysql://reader:hunter2@localhost/shop", "not understood"),
    ],
)
def test_a_wrong_url_is_one_line_without_the_password(url: str, said: str) -> None:
    line = the_line(run(ANKUS_DATABASE_URL=url))
    assert said in line
    assert "hunter2" not in line


def test_an_unknown_database_and_role_are_named(clone: Clone) -> None:
    assert 'database "nowhere" does not exist' in the_line(
        run("--database-url", clone.server.url("nowhere", "ankus_reader"))
    )
    assert 'role "nobody" does not exist' in the_line(
        run("--database-url", clone.server.url(clone.name, "nobody"))
    )


def test_a_bad_setting_is_one_line(clone: Clone, tmp_path: Path) -> None:
    assert "work_mem" in the_line(run("--database-url", clone.reader_url, "--work-mem", "plenty"))
    assert "empty" in the_line(run("--database-url-file", str(_file(tmp_path, " \n"))))
    assert "Cannot read" in the_line(run("--database-url-file", str(tmp_path / "none")))


def test_the_role_is_printed_as_sql_without_a_database() -> None:
    done = run("setup-role", "--database", "shop", "--schema", "sales")
    assert done.returncode == 0
    assert 'CREATE ROLE "ankus_reader" LOGIN NOSUPERUSER' in done.stdout
    assert 'GRANT SELECT ON ALL TABLES IN SCHEMA "sales" TO "ankus_reader"' in done.stdout
    assert "PASSWORD '" not in done.stdout


async def test_the_role_that_is_made_can_read_and_is_accepted(clone: Clone) -> None:
    role = f"made_{clone.name}"
    done = run("setup-role", "--database-url", clone.admin_url, "--role", role, "--apply")
    assert done.returncode == 0, done.stderr
    url = done.stdout.strip()
    assert url.startswith(f"postgresql://{role}:")
    with psycopg.connect(url) as reader, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("DELETE FROM orders")
    async with Client(PROGRAM.stdio("--database-url", url)) as client:
        result = await client.call_tool("run_query", {"sql": "SELECT count(*) FROM sales.targets"})
    assert not result.is_error


async def test_the_example_of_the_readme_is_true(clone: Clone, tmp_path: Path) -> None:
    readme = (SERVER / "README.md").read_text(encoding="utf-8")
    example = tomllib.loads(readme.split("```toml\n")[1].split("```")[0])
    with clone.admin() as admin:
        admin.execute(example["setup"].encode())
    async with Client(PROGRAM.stdio("--database-url-file", str(_file(tmp_path, clone.reader_url)))) as client:
        for call in example["call"]:
            result = await client.call_tool(call["tool"], call["arguments"])
            text = "\n".join(getattr(part, "text", "") for part in result.content)
            assert call["answer"].strip() in text


async def test_every_tool_is_small_annotated_and_simple(clone: Clone) -> None:
    async with Client(PROGRAM.stdio("--database-url", clone.reader_url)) as client:
        tools = (await client.list_tools()).tools
        prompt = await client.get_prompt("answer_question", {"question": "Сколько заказов?"})
    dumped = [tool.model_dump_json(by_alias=True, exclude_none=True) for tool in tools]
    assert sum(len(text.encode()) for text in dumped) <= 8_192
    assert sorted(tool.name for tool in tools) == [
        "column_values", "describe_table", "explain_query", "find_join_path", "get_result",
        "list_schemas", "list_tables", "plot_result", "run_query", "search_schema",
    ]  # fmt: skip
    for tool, text in zip(tools, dumped, strict=True):
        assert "$ref" not in text
        assert "anyOf" not in text
        assert tool.annotations is not None
        assert tool.annotations.model_dump(exclude={"title"}) == {
            "read_only_hint": True,
            "destructive_hint": False,
            "idempotent_hint": True,
            "open_world_hint": False,
        }
        for parameter in tool.input_schema["properties"].values():
            assert parameter["description"]
    assert "Сколько заказов?" in prompt.model_dump_json()


def _file(folder: Path, text: str) -> Path:
    path = folder / "url"
    path.write_text(text, encoding="utf-8")
    return path
