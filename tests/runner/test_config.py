"""mcp.json: what is accepted, what is refused and how, and what a host is given."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.config import Program, environment, executable, for_client, read_config
from ankus_runner.errors import ConfigError


def written(folder: Path, content: Any) -> Path:
    """An mcp.json with that content."""
    path = folder / "mcp.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_programs_and_addresses_are_read(tmp_path: Path) -> None:
    servers = {"a": {"command": "x", "args": ["-v"]}, "b": {"url": "https://example.org/mcp"}}

    config = read_config(written(tmp_path, {"mcpServers": servers}))

    assert config.mcpServers["a"].args == ("-v",)  # type: ignore[union-attr]
    assert config.mcpServers["b"].url == "https://example.org/mcp"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "cannot be read as JSON"),
        ({"mcpServers": {"a": {"command": "x", "comand": "y"}}}, "unknown key 'mcpServers.a.comand'"),
        ({"mcpServers": {"a": {"command": "x"}}, "mcpservers": {}}, "unknown key 'mcpservers'"),
        ({"mcpServers": {"a": {"args": []}}}, "mcpServers.a.command"),
        ({"mcpServers": {}}, "mcpServers"),
        ({"mcpServers": {"a b": {"command": "x"}}}, "a b"),
        ({"mcpServers": {"a": {"url": "ftp://x"}}}, "mcpServers.a.url"),
        ([], "the file"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, content: Any, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(written(tmp_path, content))

    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no .*mcp\.json"):
        read_config(tmp_path / "mcp.json")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    )
)
def test_any_json_is_either_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: Any
) -> None:
    path = written(tmp_path_factory.mktemp("c"), {"mcpServers": content})
    outcome = "read"
    try:
        read_config(path)
    except ConfigError as error:
        outcome = str(error)

    assert "\n" not in outcome


def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="'no-such-program' of server 'a' does not exist"):
        executable("a", Program(command="no-such-program"))


def test_a_program_beside_this_python_is_found_without_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert executable("a", Program(command=Path(sys.executable).name)) == str(Path(sys.executable).absolute())


def test_a_server_gets_our_variables_but_not_the_models_key() -> None:
    own = {"ANKUS_DATABASE_URL": "u", "ANKUS_API_KEY": "secret", "AWS_SECRET": "s", "HOME": "/h"}

    given_ = environment(Program(command="x", env={"ANKUS_DATABASE": "shop"}), own)

    assert given_ == {"ANKUS_DATABASE_URL": "u", "ANKUS_DATABASE": "shop"}


@pytest.mark.parametrize(
    ("client", "key"), [("claude", "mcpServers"), ("cursor", "mcpServers"), ("vscode", "servers")]
)
def test_a_host_is_given_absolute_paths_in_its_own_form(tmp_path: Path, client: str, key: str) -> None:
    program = Path(sys.executable).name
    content = {
        "mcpServers": {"a": {"command": program, "env": {"K": "v"}}, "b": {"url": "http://localhost/mcp"}}
    }

    entry = for_client(read_config(written(tmp_path, content)), client)[key]

    assert os.path.isabs(entry["a"]["command"])
    assert entry["a"]["env"] == {"K": "v"}
    assert entry["b"]["url"] == "http://localhost/mcp"
    assert (entry["a"].get("type"), entry["b"].get("type")) == (
        ("stdio", "http") if client == "vscode" else (None, None)
    )
