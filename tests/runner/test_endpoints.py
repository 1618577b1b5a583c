"""The file of --models: what it may say, and how what is wrong in it is named."""

import re
from pathlib import Path

import pytest

from ankus_runner.cli import app
from ankus_runner.config import HostConfig
from ankus_runner.endpoints import Models, check_limits, read_models
from ankus_runner.errors import ConfigError
from ankus_runner.profile import Limits
from ankus_runner.stream import Usage
from ankus_shared.errors import AnkusError
from ankus_shared.settings import run_command
from tests.fixtures.scripted import ScriptedModel, call, final

README = Path(__file__).parents[2] / "runner" / "README.md"
ONE = '[[models]]\nname = "small"\nbase_url = "http://127.0.0.1:1/v1"\n'
TWO = ONE + '[[models]]\nname = "large"\nbase_url = "http://127.0.0.1:2/v1"\n'


def read(folder: Path, toml: str) -> Models:
    """The models of a file with that text."""
    path = folder / "models.toml"
    path.write_text(toml, "utf-8")
    return read_models(path)


def names(models: Models) -> list[str]:
    """In the order in which they are asked."""
    return [spec.name for spec in models.models]


def test_models_are_asked_in_the_order_of_the_file_or_of_what_names_them(tmp_path: Path) -> None:
    models = read(tmp_path, TWO)

    assert names(models.chosen()) == ["small", "large"]
    assert names(models.chosen(["large", "small"])) == ["large", "small"]
    assert names(models.chosen(["large"])) == ["large"]
    assert names(models.chosen(first="large")) == ["large", "small"]
    assert names(read(tmp_path, 'fallback = ["large"]\n' + TWO).chosen()) == ["large"]


def test_the_models_of_the_readme_load(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    [several] = (block for block in blocks if "[[models]]" in block)
    models = read(tmp_path, several).chosen()
    check_limits(models.models, Limits())

    assert names(models) == ["small", "large"]
    assert models.cascade == ("parse", "run")
    assert models.models[1].key_file == tmp_path / "large.key"


@pytest.mark.parametrize(
    ("toml", "code", "complaint"),
    [
        ('fallback = ["small", "lage"]\n' + TWO, "unknown_fallback", "no model 'lage' .* mean 'large'"),
        ('fallback = ["small", "small"]\n' + TWO, "name_stands_twice", "stands twice"),
        (ONE + ONE, "name_stands_twice", "stands twice"),
        ('cascade = ["parse"]\n' + ONE, "contradictory_limits", "needs a second model"),
        ('cascade = ["plan"]\n' + TWO, "contradictory_limits", "plan_tool"),
    ],
)
def test_an_order_that_cannot_be_is_named(tmp_path: Path, toml: str, code: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        read(tmp_path, toml).chosen()

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("models = ", "cannot be read as TOML"),
        ("", "models: field required"),
        (ONE + "retry = 3", "models.0.retry"),
        ('[[models]]\nname = "a"\nbase_url = "127.0.0.1"', "models.0.base_url"),
        ('[[models]]\nname = "a"\nbase_url = "http://me:secret@x"', "must hold no password"),
        (ONE + 'thinking = "budget"', "thinking_tokens goes with"),
        (ONE + "thinking_tokens = 100", "thinking_tokens goes with"),
        (ONE + "fields = { max_tokens = 1 }", "must not name max_tokens"),
        (ONE + "timeouts = { connect = 0 }", "timeouts.connect"),
        (ONE + "retries = { attempts = 0 }", "retries.attempts"),
        ('cascade = ["guess"]\n' + TWO, "cascade.0"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_in_one_line(tmp_path: Path, toml: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, toml)

    assert complaint.lower() in str(caught.value).lower()
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.toml cannot be read"):
        read_models(tmp_path / "no.toml")


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("context_tokens = 4096", "has a context of 4096 tokens, and the profile fills 8192"),
        ('thinking = "budget"\nthinking_tokens = 8000', "may take 8800 tokens"),
    ],
)
def test_limits_that_contradict_each_other_are_refused(tmp_path: Path, more: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        check_limits(read(tmp_path, ONE + more).models, Limits())

    assert caught.value.code == "contradictory_limits"


def test_a_cost_is_limited_only_where_something_costs(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"limited to 0\.5, and no model has a price") as caught:
        check_limits(read(tmp_path, ONE).models, Limits(cost=0.5))
    assert caught.value.code == "contradictory_limits"

    check_limits(read(tmp_path, ONE + "price = { output = 1.0 }").models, Limits(cost=0.5))


def test_a_key_comes_from_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-secret\n", "utf-8")
    [spec] = read(tmp_path, ONE + 'key_file = "key"').models

    assert spec.key() == "sk-secret"
    assert "sk-secret" not in repr(spec)


def test_a_key_that_is_not_there_is_an_error_with_its_place(tmp_path: Path) -> None:
    [spec] = read(tmp_path, ONE + 'key_file = "key"').models

    with pytest.raises(AnkusError, match="key"):
        spec.key()


def test_a_price_is_of_a_million_tokens(tmp_path: Path) -> None:
    [spec] = read(tmp_path, ONE + "price = { input = 2, cached = 1, output = 10 }").models

    assert spec.price.cost(Usage(1_000_000, 500_000, 100_000)) == pytest.approx(1 + 0.5 + 1)


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--models", "models.toml", "--base-url", "http://127.0.0.1:1"], "exclude each other"),
        (["--models", "models.toml", "--model", "lage"], "mean 'large'"),
        (["--base-url", "nonsense"], "--base-url cannot be used"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(
    flags: list[str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models.toml").write_text(TWO, "utf-8")
    (tmp_path / "mcp.json").write_text('{"mcpServers": {"postgres-sql": {"command": "true"}}}', "utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match=complaint):
        app(["ask", "How many?", *flags], exit_on_error=False)


def test_ask_answers_by_the_models_of_a_file_in_the_order_of_the_profile(
    tmp_path: Path, scripted: ScriptedModel, toy_config: HostConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.play(call("toy__look_up", {"word": "fig"}), final("A fig is a fig."))
    there = f'[[models]]\nname = "there"\nbase_url = "{scripted.url}"\nkey_file = "key"\n'
    (tmp_path / "key").write_text("sk-planted", "utf-8")
    (tmp_path / "models.toml").write_text(ONE + there, "utf-8")
    (tmp_path / "mcp.json").write_text(toy_config.model_dump_json(exclude_defaults=True), "utf-8")
    profile = 'name = "p"\ndescription = "d"\ntools = ["toy__look_up"]\nmodels = ["small", "there"]\n'
    (tmp_path / "profile.toml").write_text(profile, "utf-8")
    (tmp_path / "prompts" / "1").mkdir(parents=True)
    (tmp_path / "prompts" / "1" / "system.md.j2").write_text("{{ tools }}", "utf-8")
    files = ["--models", str(tmp_path / "models.toml"), "--mcp", str(tmp_path / "mcp.json")]
    unkept = ["--no-traces", "--no-conversations"]  # or they would lie in this machine's own store

    status = run_command(app, ["ask", "What is a fig?", "--profile", str(tmp_path), *files, *unkept])

    shown = " ".join("".join(capsys.readouterr()).split())
    assert status == 0
    assert "A fig is a fig." in shown
    assert "warning: The model 'small' cannot be used now" in shown
    assert "model small is passed over for there" in shown
    assert "sk-planted" not in shown


def test_a_profile_that_names_models_needs_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = 'name = "p"\ndescription = "d"\ntools = ["toy__look_up"]\nmodels = ["small"]\n'
    (tmp_path / "profile.toml").write_text(profile, "utf-8")
    (tmp_path / "prompts" / "1").mkdir(parents=True)
    (tmp_path / "prompts" / "1" / "system.md.j2").write_text("{{ tools }}", "utf-8")
    (tmp_path / "mcp.json").write_text('{"mcpServers": {"toy": {"command": "true"}}}', "utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match="names models"):
        app(["ask", "How many?", "--profile", "."])
