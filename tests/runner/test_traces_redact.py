"""Secrets never reach the store: by look, by name, by value, in every place that a run has."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.config import HostConfig
from ankus_runner.events import (
    Approved,
    CallMade,
    Event,
    ModelAnswered,
    ModelAsked,
    ModelDecided,
    OpeningMade,
    PromptChosen,
    ResultSeen,
    RunBegan,
    RunEnded,
    StepDiscarded,
    StepStarted,
)
from ankus_runner.excerpt import cap
from ankus_runner.hosts import ToolResult
from ankus_runner.model import Completion, Usage
from ankus_runner.profile import Profile
from ankus_runner.prompting import prompt_of
from ankus_runner.traces.keeping import known_secrets
from ankus_runner.traces.redact import LONGEST, Redactor, redactor
from ankus_shared.errors import SettingsError
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import ScriptedModel, call, final
from tests.fixtures.traces import TraceDatabase

KEY = "sk-planted0123456789abcdefPLANTED"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIplantedPLANTEDplanted\n-----END RSA PRIVATE KEY-----"
PLANTED = {
    "an OpenAI key": f"use {KEY} now",
    "a GitHub token": "ghp_plantedPLANTED0123456789planted012345",
    "an AWS key": "id AKIAPLANTED012345678 there",
    "a JSON Web Token": "eyJhbGciOiJplanted.eyJzdWIiOiJplanted.planted-_signature",
    "a private key": PEM,
    "the head of a private key": PEM[:50],
    "the tail of a private key": PEM[40:],
    "a password in a URL": "postgresql://bob:planted@db/x",
    "a bearer token": "Authorization: Bearer planted.token+/=",
    "basic credentials": "authorization: Basic cGxhbnRlZDpwbGFudGVk",
    "another scheme": "Authorization: ApiKey planted-key",
    "a key header": "X-Api-Key: planted-key",
    "a cookie": "Set-Cookie: session=planted; HttpOnly",
    "a connection string": "host=db password=planted user=bob",
    "a quoted one": "host=db password='planted it' user=bob",
    "a variable": "PGPASSWORD=planted psql",
    "SQL": "ALTER ROLE bob PASSWORD 'planted''s' VALID UNTIL 'x'",
    "JSON": json.dumps({"password": 'planted "in" planted'}),
    "camel case": json.dumps({"dbPassword": "planted"}),
    "JSON within JSON": json.dumps({"body": json.dumps({"api_key": "planted it"})}),
    "JSON that was cut": '{"client_secret": "planted it',
    "YAML": "access_token: planted-token",
    "Python": "connect(password='planted')",
    "Ruby": ":secret => 'planted'",
}
TRACES = ("planted", "PLANTED", "cGxhbnRlZDpwbGFudGVk")


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED.keys())
def test_a_secret_is_known_by_its_look_or_its_name(text: str) -> None:
    cleaned = Redactor().text(f"Before {text}" if "PRIVATE" not in text else text)

    assert "***" in cleaned
    assert not [word for word in TRACES if word in cleaned], cleaned


@pytest.mark.parametrize(
    "text",
    [
        "SELECT count(*) FROM orders WHERE status = 'paid'",
        "Which customers changed their password last year?",
        "https://example.org:8443/docs?page=2",
        "tokens: 512, prompt_tokens: 9, max_tokens=400",
        "The basic idea is authorization of tools.",
        "Пароль не нужен; ключ первичный.",
        "src/backend/libpq/auth.c:120 sk-short",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_json_around_a_secret_does_not_let_it_out(name: str, levels: int) -> None:
    text = PLANTED[name] if name != "the tail of a private key" else PEM
    for _ in range(levels):
        text = json.dumps({"word": text})

    assert not [word for word in TRACES if word in Redactor().text(f"Call: look_up {text}")]


@given(st.permutations([text for text in PLANTED.values() if "PRIVATE" not in text]))
def test_no_secret_is_let_out_by_the_rule_of_its_neighbour(texts: list[str]) -> None:
    cleaned = Redactor().text(" ".join(texts))

    assert not [word for word in TRACES if word in cleaned]


@pytest.mark.parametrize(
    "piece", ["://a:", "eyJaaaaaaaa-", "password=", 'password=\\"', "x'password '", "Basic "]
)
def test_a_hostile_text_takes_no_time_out_of_proportion(piece: str) -> None:
    short, long = (_seconds(piece * (size // len(piece))) for size in (LONGEST // 8, LONGEST - 1))

    assert long < 40 * short + 2


def _seconds(text: str) -> float:
    started = time.process_time()
    Redactor().text(text)
    return time.process_time() - started


def test_half_of_a_secret_beside_a_gap_is_hidden() -> None:
    text = cap(f"{'word ' * 148}{KEY * 9}{' word' * 48}", 1_000)
    assert [word for word in TRACES if word in text] == list(TRACES[:2])

    assert not [word for word in TRACES if word in Redactor().text(text)]


def test_a_value_named_like_a_secret_is_hidden_whole_and_its_neighbours_stay() -> None:
    value = {
        "user": "bob",
        "api_key": {"a": ["planted"]},
        "rows": [{"password": "planted", "n": 3, "ok": True}],
    }

    cleaned = Redactor().json(value)

    assert cleaned == {"user": "bob", "api_key": "***", "rows": [{"password": "***", "n": 3, "ok": True}]}


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=40),
    st.text(max_size=60),
    st.text(max_size=60),
)
def test_a_known_value_is_nowhere_in_any_way_of_writing(value: str, before: str, after: str) -> None:
    known = redactor([value])

    cleaned = known.json({before: f"{before}{value}{after}", "said": json.dumps({"v": value})})

    texts = [text for pair in cleaned.items() for text in pair]
    hidden = value.replace("\0", "")
    assert not [text for text in texts if hidden and hidden in text and hidden not in "*" * len(hidden)] or (
        value in before or value in after or "\0" in value or "*" in value
    )


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=20)
)
def test_whatever_comes_out_is_json_that_postgresql_takes(value: Any) -> None:
    text = json.dumps(Redactor().json(value), allow_nan=False)

    assert "\\u0000" not in text
    text.encode("utf-8")


def test_a_long_text_is_cut_where_no_half_of_a_secret_is_left() -> None:
    head = LONGEST * 3 // 4
    for shift in range(0, len(KEY), 3):
        text = "word " * ((head - shift) // 5) + KEY + " word" * LONGEST

        cleaned = Redactor().text(text)

        assert "planted" not in cleaned
        assert "characters left out" in cleaned
        assert len(cleaned) < LONGEST + 100


def test_rules_of_the_user_are_applied_and_wrong_ones_are_named(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text("# customers\nC-\\d{6}\n", encoding="utf-8")
    assert redactor([], rules).text("customer C-123456 paid") == "customer *** paid"

    rules.write_text("ok\n(unclosed\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"rules:2 is no regular expression"):
        redactor([], rules)


def test_secrets_of_the_process_and_of_its_servers_are_known_by_value() -> None:
    servers = {
        "a": {"command": "a", "env": {"A_TOKEN": "tok-of-a", "COLOR": "red"}},
        "b": {"url": "http://u:pw-of-b@b", "headers": {"X-Own": "Scheme long-header-value"}},
    }
    config = HostConfig.model_validate({"mcpServers": servers})
    environment = {
        "ANKUS_API_KEY": "own-key",
        "ANKUS_DATABASE_URL": "postgresql://u:p%40ss-word@db/x",
        "PWD": "/home/bob",
        "LANG": "C.UTF-8",
    }

    found = set(known_secrets(environment, config))

    wanted = {"own-key", "p%40ss-word", "p@ss-word", "tok-of-a", "pw-of-b", "long-header-value"}
    assert wanted <= found
    assert not {"/home/bob", "C.UTF-8", "red"} & found


async def test_planted_secrets_of_a_whole_run_appear_nowhere_in_the_store(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    everywhere = " ".join(text for text in PLANTED.values() if "PRIVATE" not in text)
    scripted.play(
        call("toy__look_up", {"word": everywhere}, thought="With own-planted-key."),
        call("toy__fail_always", {"reason": everywhere}),
        final(f"It is {everywhere}"),
    )

    with trace_database.recorder(redactor(["own-planted-key"])) as recorder:
        async with open_agent(listener=recorder, observation_chars=9_000, step_tokens=900) as session:
            await session.ask(f"Look up {everywhere}")

    stored = trace_database.everything()
    assert "toy__look_up" in stored
    assert "***" in stored
    assert not [word for word in TRACES if word in stored]


@dataclass(frozen=True)
class Unheard:
    """An event that the recorder does not know."""

    said: str
    held: dict[str, object]


def test_planted_secrets_of_every_event_appear_nowhere_in_the_store(
    toy_profile: Profile, trace_database: TraceDatabase
) -> None:
    said = f"{PLANTED['a password in a URL']} {KEY}"
    arguments = {"note": said, "token": "planted", said: 1}
    result = ToolResult(said, arguments, failed=False)
    versions = prompt_of(said)
    profile = toy_profile.model_copy(update={"versions": versions, "name": said})

    with trace_database.recorder() as recorder:
        for event in (
            OpeningMade(said, arguments, result, 0.1),
            RunBegan(said, profile, said),
            PromptChosen("1", versions["1"].hash, said),
            cast("Event", Unheard(said, arguments)),
            StepStarted(1),
            ModelAsked(said, [{"role": "user", "content": said}], 10, 0.0),
            ModelAnswered(said, Completion(said, "stop", Usage(1, 0, 1), 0.1, "")),
            StepDiscarded(said),
            ModelDecided(said, said, said),
            CallMade(said, arguments),
            ResultSeen(said, result),
            Approved(said, arguments, "approved", said),
            RunEnded(),
        ):
            recorder(event)

    stored = trace_database.everything()
    assert trace_database.losses is None
    assert stored.count("***") > 20
    assert not [word for word in TRACES if word in stored]
