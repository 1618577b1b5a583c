"""Who may ask, and how much: keys, limits, allow lists, and what each says where it refuses."""

import re
from pathlib import Path

import pytest

from ankus_runner.cli import app
from ankus_runner.errors import ConfigError
from ankus_runner.model import Usage
from ankus_runner.serve.errors import RateLimitError
from ankus_runner.serve.keys import read_keys
from ankus_runner.serve.limits import KeyLimits
from ankus_runner.serve.serving import listen
from ankus_runner.serve.settings import ServerSettings
from ankus_shared.errors import SettingsError
from ankus_shared.settings import run_command
from tests.fixtures.scripted import call, final
from tests.fixtures.serve import Served, key

README = Path(__file__).parents[3] / "runner" / "README.md"
ENTRY = f"[[keys]]\nname = 'a'\nuser = 'a'\nhash = 'sha256:{'0' * 64}'"
QUERY = call("shop__run_query", {"sql": "SELECT 1"})


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer no"}, {"Authorization": "Basic key-of-anna"}]
)
def test_without_a_key_that_is_somebodys_nothing_is_told(served: Served, headers: dict[str, str]) -> None:
    paths = ["/v1/models", "/v1/conversations", "/v1/traces", "/metrics"]

    answers = [served.http.get(path, headers=headers) for path in paths]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert answers[0].json()["error"]["type"] == "authentication_error"
    assert [served.http.get(path).status_code for path in ("/", "/healthz", "/readyz")] == [200] * 3


def test_a_page_of_another_site_cannot_ask_for_a_person(served: Served) -> None:
    elsewhere = {"Authorization": "Bearer key-of-anna", "Origin": "https://evil.example"}
    rebound = {"Authorization": "Bearer key-of-anna", "Host": "evil.example"}

    assert served.http.get("/v1/models", headers=elsewhere).status_code == 403
    assert served.http.get("/v1/models", headers=rebound).status_code == 421


def test_a_key_reaches_its_profiles_and_tools_only(served: Served) -> None:
    models = {
        who: [m["id"] for m in served.get("/v1/models", who).json()["data"]] for who in ("anna2", "boris")
    }
    served.model.play(QUERY, final("Three."))
    served.ask("How many?", "boris")

    assert models == {"anna2": ["reader"], "boris": ["clerk", "planner", "reader"]}
    assert served.ask("How many?", "anna2").status_code == 404
    assert "delete_rows" not in str(served.model.requests[-2])  # neither told of nor in the grammar


def test_a_server_is_told_for_which_user_a_call_is_but_not_who_that_is(served: Served) -> None:
    asked = call("shop__run_query", {"sql": "whose"})
    told = []
    for who in ("anna", "boris", "anna"):
        served.model.play(asked, final("Done."))
        events = served.ask("Whose?", who, ankus={"events": True}).json()["ankus"]["events"]
        told += [event["text"] for event in events if event["type"] == "result"]

    assert told[0] == told[2] != told[1]
    assert not any(name in text for name in ("anna", "boris", "None") for text in told)


def test_a_limit_answers_429_with_when_to_come_again(served: Served) -> None:
    for who in ("hasty", "poor"):
        served.model.play(QUERY, final("Three."), QUERY, final("Three."))
        first, second = served.ask("How many?", who), served.ask("How many?", who)

        assert (first.status_code, second.status_code) == (200, 429), who
        assert second.json()["error"]["type"] == "rate_limit_error"
        assert int(second.headers["retry-after"]) > 50


def test_limits_count_over_the_last_minute_and_the_last_day() -> None:
    now = [1000.0]
    limits = KeyLimits(lambda: now[0])
    anna, boris = (
        key(name, requests_per_minute=2, concurrent=1, tokens_per_day=100) for name in ("anna", "boris")
    )

    with limits.slot(anna):
        with pytest.raises(RateLimitError, match="1 answers at once"), limits.slot(anna):
            pass
        with limits.slot(boris):
            pass
    now[0] += 30
    with limits.slot(anna):
        limits.spend(anna, Usage(prompt=150, cached=60, completion=10))
    with pytest.raises(RateLimitError, match="2 requests a minute") as hasty, limits.slot(anna):
        pass
    assert hasty.value.seconds == 30
    now[0] += 31
    with pytest.raises(RateLimitError, match="100 tokens a day") as poor, limits.slot(anna):
        pass
    assert poor.value.seconds == 86_400 - 31
    now[0] += 86_400
    with limits.slot(anna):
        pass


def test_a_new_key_is_printed_once_and_its_entry_lets_it_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run_command(app, ["serve", "keys", "new", "--user", 'an"na', "--name", "laptop"])

    printed = capsys.readouterr().out
    found = re.search(r"ankus-[\w-]{43}", printed)
    assert (status, found is not None) == (0, True)
    assert found is not None
    entry = printed.partition("\n")[2]
    (tmp_path / "keys.toml").write_text(entry)
    keys = read_keys(tmp_path / "keys.toml")
    assert found[0] not in entry
    assert keys.find(found[0].encode()) == keys.keys[0]
    assert keys.keys[0].user == 'an"na'
    assert keys.find(b"") is keys.find(b"ankus-") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "keys: field required"),
        ("[[keys]]\nname = 'a'\nuser = 'a'\nhash = 'ankus-secret'", "keys.0.hash"),
        (f"{ENTRY}\ntoken = 'ankus-secret'", "keys.0.token"),
        ("[[keys]]\nname = 'a'\nuser = 'a'", "keys.0.hash"),
        ("ankus-secret", "no TOML"),
    ],
)
def test_a_wrong_file_of_keys_is_told_by_its_place_and_not_by_its_content(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "keys.toml").write_text(text)

    with pytest.raises(ConfigError, match=message) as error:
        read_keys(tmp_path / "keys.toml")

    assert "ankus-secret" not in str(error.value)


def test_the_keys_of_the_readme_are_read(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text(README.read_text("utf-8").split("~~~toml\n")[1].split("~~~")[0])

    [found] = read_keys(tmp_path / "keys.toml").keys

    assert (found.user, found.concurrent, found.allowed.profile("docs-assistant")) == ("anna", 2, True)


def test_without_keys_only_loopback_is_listened_on() -> None:
    with pytest.raises(SettingsError, match="without keys"):
        listen(ServerSettings(host="0.0.0.0", port=0), None)

    listen(ServerSettings(host="127.0.0.1", port=0), None).close()
