"""`ankus ask` with traces as a person uses it: on by default, in the embedded server, off by a flag."""

import json
from pathlib import Path

from tests.fixtures.scripted import ScriptedModel, call, final, serve_scripted
from tests.fixtures.shop import ankus, processes_of

SQL = {"sql": "SELECT count(*) FROM orders"}
KEY = "own-key-that-is-planted"
RUN = [call("postgres-sql__run_query", SQL, thought=f"orders, with {KEY}."), final("There are orders.")]


def test_a_question_is_traced_into_the_embedded_server_without_the_key(shop_home: Path) -> None:
    with serve_scripted(ScriptedModel()) as scripted:
        scripted.play(*RUN)
        asked = ankus(shop_home, "ask", "How many orders?", "--base-url", scripted.url, ANKUS_API_KEY=KEY)
    listed = ankus(shop_home, "traces", "list", "--json")

    assert asked.returncode == 0, asked.stderr
    assert "warning" not in asked.stderr
    [trace] = [json.loads(line) for line in listed.stdout.splitlines() if "How many orders?" in line]
    shown = ankus(shop_home, "traces", "show", trace["trace_id"], "--json").stdout
    spans = json.loads(shown)["spans"]
    assert [span["input"] for span in spans if span["tool"].endswith("run_query")] == [SQL]
    assert [span["prompt_tokens"] for span in spans if span["kind"] == "model"] == [100, 100]
    assert KEY not in shown
    assert not processes_of(shop_home)


def test_without_traces_nothing_is_kept(shop_home: Path) -> None:
    with serve_scripted(ScriptedModel()) as scripted:
        scripted.play(*RUN)
        asked = ankus(shop_home, "ask", "Untraced?", "--no-traces", "--base-url", scripted.url)

    assert asked.returncode == 0, asked.stderr
    assert "Untraced?" not in ankus(shop_home, "traces", "list", "--json").stdout


def test_a_store_that_is_not_there_is_one_line_below_the_answer(shop_home: Path, tmp_path: Path) -> None:
    place = tmp_path / "url"
    place.write_text("postgresql://u:planted@127.0.0.1:1/db", encoding="utf-8")
    with serve_scripted(ScriptedModel()) as scripted:
        scripted.play(*RUN)
        asked = ankus(
            shop_home,
            *("ask", "How many?", "--base-url", scripted.url, "--traces-url-file", str(place)),
        )

    assert asked.returncode == 0
    assert "There are orders." in asked.stdout
    [line] = asked.stderr.strip().splitlines()
    assert line.startswith("ankus: warning: Trace records lost: ")
    assert "planted" not in line
