"""Prompts lie in files with versions: what is broken or hostile is named before anything starts."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankus_runner.cli import app
from ankus_runner.errors import ConfigError
from ankus_runner.events import Event, PromptChosen
from ankus_runner.hooks import Hooks
from ankus_runner.profile import Profile, load_profile
from ankus_runner.prompting import Prompts, by_share, prompt_of
from ankus_runner.templates import LONGEST, template
from ankus_runner.traces import names
from ankus_runner.traces.reading import Wanted, list_traces, spans_of
from ankus_runner.traces.store import connected
from ankus_shared.settings import run_command
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import ScriptedModel, call, final
from tests.fixtures.traces import TraceDatabase

README = Path(__file__).parents[2] / "runner" / "README.md"
HEAD = 'name = "x"\ndescription = "y"\ntools = ["a"]\n'


def profile_in(folder: Path, files: dict[str, str], more: str = "") -> Profile:
    """A profile whose folder of prompts holds these files."""
    (folder / "profile.toml").write_text(HEAD + more, "utf-8")
    for name, text in files.items():
        place = folder / "prompts" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    return load_profile(str(folder))


def refusal(folder: Path, files: dict[str, str], more: str = "") -> str:
    with pytest.raises(ConfigError) as caught:
        profile_in(folder, files, more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{{ tools }", "unexpected '}'"),
        ("{% if tools %}", "end of template"),
        ("{{ schema }}", "there is no variable 'schema'; there is tools"),
        ("{{ tools.__class__.__mro__ }}", "an attribute cannot be used"),
        ("{{ tools['__class__'] }}", "an item cannot be used"),
        ("{{ tools|attr('__class__') }}", "no filter 'attr'"),
        ("{% for i in range(10**9) %}x{% endfor %}", "a call cannot be used"),
        ("{% for a in tools %}{% for b in tools %}x{% endfor %}{% endfor %}", "a loop within a loop"),
        ("{% for a in tools recursive %}{{ loop(a) }}{% endfor %}", "only {% for NAME in VARIABLE %}"),
        ("{{ 'x' * 1000000000 }}", "'mul' cannot be used"),
        ("{% set x = tools %}", "an assignment cannot be used"),
        ("{% macro m() %}{% endmacro %}", "'macro' cannot be used"),
        ("{% include '../../profile.toml' %}", "is no name of a template"),
        ("{% include '/etc/passwd' %}", "is no name of a template"),
        ("{% include tools %}", "an include names its file"),
        ("{% include 'away.md.j2' %}", "there is no away.md.j2"),
        ("{% include 'system.md.j2' %}", "includes itself"),
        ("{% extends 'summarise.md.j2' %}", "'extends' cannot be used"),
        ("{% import 'summarise.md.j2' as s %}", "'import' cannot be used"),
    ],
)
def test_a_broken_or_hostile_template_is_named_with_its_file_and_line(
    tmp_path: Path, line: str, complaint: str
) -> None:
    told = refusal(tmp_path, {"1/system.md.j2": f"One.\nTwo.\n{line}"})

    assert complaint in told
    assert f"{tmp_path}/prompts/1/system.md.j2:3: " in told


def test_what_is_wrong_in_an_included_file_is_named_there(tmp_path: Path) -> None:
    told = refusal(
        tmp_path, {"1/system.md.j2": "{% include 'rules.md.j2' %}", "1/rules.md.j2": "Rules:\n{{ tools() }}"}
    )

    assert "prompts/1/rules.md.j2:2: a call cannot be used" in told


def test_files_that_are_too_long_too_many_no_text_or_elsewhere_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.j2"
    secret.write_text("planted", "utf-8")
    doubled = "{% include 'b.md.j2' %}" * 60
    system = tmp_path / "prompts" / "1" / "system.md.j2"

    assert "more than 65536 bytes" in refusal(tmp_path, {"1/system.md.j2": "x" * (LONGEST + 1)})
    assert "more than 50 files" in refusal(tmp_path, {"1/system.md.j2": doubled, "1/b.md.j2": "b"})
    assert "nested too deeply" in refusal(
        tmp_path, {"1/system.md.j2": "{% if tools %}" * 150 + "{% endif %}" * 150}
    )
    system.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_profile(str(tmp_path))
    system.unlink()
    system.symlink_to(secret)
    with pytest.raises(ConfigError, match="a link out of its folder"):
        load_profile(str(tmp_path))


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ('prompt = "3"', "no version '3' of the prompt. Known: 1, 2"),
        ('[prompts]\n"1" = 0.5\n"3" = 0.5', "no version '3'"),
        ('[prompts]\n"1" = 0.5\n"2" = 0.6', "sum is not 1"),
        ('[prompts]\n"1" = -0.5\n"2" = 1.5', "from 0 to 1"),
        ('[prompts]\n"1" = nan\n"2" = 1.0', "from 0 to 1"),
    ],
)
def test_contradictory_versions_are_refused(tmp_path: Path, more: str, complaint: str) -> None:
    files = {"1/system.md.j2": "One.", "2/system.md.j2": "Two."}

    assert complaint in refusal(tmp_path, files, more)


def test_a_profile_without_a_prompt_says_where_it_belongs(tmp_path: Path) -> None:
    assert "Write prompts/1/system.md.j2, with {{ tools }}" in refusal(tmp_path, {})
    assert "no system.md.j2" in refusal(tmp_path, {"1/other.md.j2": ""})
    assert "'a b' is no name of a version" in refusal(tmp_path, {"a b/system.md.j2": ""})


def test_an_include_is_of_the_same_folder_first_and_its_text_changes_the_hash(tmp_path: Path) -> None:
    files = {
        "1/system.md.j2": "{% include 'rules.md.j2' %}\n{{ tools }}\n",
        "1/rules.md.j2": "Be <b>short</b>.",
    }
    before = profile_in(tmp_path, files).versions["1"]
    after = profile_in(tmp_path, files | {"1/rules.md.j2": "Be long."}).versions["1"]

    assert before.text("- f()") == "Be <b>short</b>.\n- f()"
    assert before.hash != after.hash
    assert "Be long." in after.body


def rendered_or_refused(text: str) -> str:
    try:
        template(text, ("tools",)).render(tools="- f()")
    except ConfigError as error:
        return str(error)
    return "rendered"


_PIECES = st.sampled_from(
    "{{ {% %} }} {# #} tools x 'a' for in if else endif endfor include not and | upper join ( ) ~ * . [ ] raw"
    " endraw set = 9 \n -".split(" ")
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=14).map(" ".join))
def test_whatever_a_template_is_it_is_refused_or_it_renders(text: str) -> None:
    assert re.match(r"rendered|text:\d+: ", rendered_or_refused(text))


@given(st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_conversation_falls_to_one_version_and_stays_there_while_its_share_grows(key: str) -> None:
    version = by_share({"1": 0.8, "2": 0.2}, key)

    assert version == by_share({"2": 0.2, "1": 0.8}, key)
    assert by_share({"1": 0.9, "2": 0.1}, key) == "1" or version == "2"


def test_shares_are_what_they_are_called() -> None:
    seen = Counter(by_share({"1": 0.8, "2": 0.2}, f"conversation {number}") for number in range(5_000))

    assert seen["2"] == pytest.approx(1_000, abs=120)


def test_a_version_that_a_conversation_has_seen_stays_its_own() -> None:
    versions = prompt_of("One.") | prompt_of("Two.", "2")
    shares = {"1": 0.999999, "2": 0.000001}

    assert Prompts(versions, shares).choose("2", "key").prompt.version == "2"
    assert Prompts(versions, {"1": 1.0}).choose("2", "key").prompt.version == "1"


async def test_two_versions_run_side_by_side_and_each_conversation_keeps_to_one(
    open_agent: OpenAgent, scripted: ScriptedModel, toy_profile: Profile
) -> None:
    versions = prompt_of("One.\n{{ tools }}") | prompt_of("Two.\n{{ tools }}", "2")
    profile = toy_profile.model_copy(
        update={"versions": versions, "prompts": {"1": 0.5, "2": 0.5}, "prelude": (), "answer_after": ()}
    )
    scripted.play(final("A."), repeat_last=True)
    told: list[Event] = []

    async with open_agent(profile=profile) as session:
        for key in ("a", "b", "c", "d", "a", "b", "c", "d"):
            await session.agent.ask("?", hooks=Hooks(tell=told.append, conversation=key))
        for _ in range(3):
            await session.say("?")

    chosen = [event.version for event in told if isinstance(event, PromptChosen)]
    systems = [request["messages"][0]["content"][:4] for request in scripted.requests]
    assert chosen[:4] == chosen[4:]
    assert set(chosen) == {"1", "2"}
    assert systems[:8] == [{"1": "One.", "2": "Two."}[version] for version in chosen]
    assert len(set(systems[8:])) == 1


async def test_a_trace_holds_version_hash_text_and_reason(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase, toy_profile: Profile
) -> None:
    scripted.play(call("toy__look_up", {"word": "a"}), final("A."))

    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            await session.ask("a?")

    prompt = toy_profile.versions["1"]
    with connected(trace_database.url) as connection:
        [trace] = list_traces(connection, Wanted())
        run, *spans = spans_of(connection, trace["trace_id"])
    [decision] = [span for span in spans if span["kind"] == "decision"]
    assert (trace["prompt_hash"], trace["prompt_version"]) == (prompt.hash, "1")
    assert run["attrs"][names.PROMPT_HASH] == prompt.hash
    assert (decision["name"], decision["attrs"][names.REASON]) == ("prompt 1", "the only one")
    rows = trace_database.rows("SELECT prompt_hash, version, body FROM ankus_trace.prompt_version")
    assert rows == [(prompt.hash, "1", "Tools:\n{{ tools }}")]


def test_the_versions_can_be_listed_shown_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"1/system.md.j2": "You help.\n{{ tools }}", "2/system.md.j2": "You help well.\n{{ tools }}"}
    profile = profile_in(tmp_path, files, '[prompts]\n"1" = 0.8\n"2" = 0.2')

    def printed(*arguments: str) -> str:
        assert run_command(app, ["prompts", *arguments]) == 0
        return capsys.readouterr().out

    first, second = printed("list", str(tmp_path)).splitlines()
    assert first.split()[:3] == ["1", "80.0%", profile.versions["1"].hash[:12]]
    assert second.split()[:2] == ["2", "20.0%"]
    assert printed("show", str(tmp_path), "--prompt-version", "2") == "You help well.\n{{ tools }}\n"
    assert printed("diff", str(tmp_path), "1", "2").splitlines()[3:5] == ["-You help.", "+You help well."]


def test_a_version_that_is_not_there_stops_ask_before_anything_starts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(app, ["ask", "How many?", "--prompt-version", "77"]) == 2

    assert "no version '77' of the prompt. Known: 1" in capsys.readouterr().err


def test_the_versions_of_the_readme_are_read(tmp_path: Path) -> None:
    block = next(
        block
        for block in re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
        if "[prompts]" in block
    )

    profile = profile_in(tmp_path, {"1/system.md.j2": "One.", "2/system.md.j2": "Two."}, block)

    assert profile.shares == {"1": 0.8, "2": 0.2}
