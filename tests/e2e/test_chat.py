"""`ankus chat` as a person uses it: ten turns over the example shop, each building on those before."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.scripted import Reply, ScriptedModel, call, final, serve_scripted
from tests.fixtures.shop import ANKUS, ROOT, ankus_running, environment, processes_of

MONTHS = """SELECT extract(month FROM o.ordered_at)::int AS month, sum(o.total_amount) AS revenue
FROM orders o
WHERE extract(year FROM o.ordered_at) = 2025
GROUP BY month
ORDER BY month"""
PAID_MONTHS = MONTHS.replace("2025", "2025 AND o.status <> 'cancelled'")
LOST = """SELECT a.month, a.revenue - b.revenue AS lost
FROM r1 a
JOIN r2 b USING (month)
ORDER BY a.month"""
CHANNELS = """SELECT extract(month FROM o.ordered_at)::int AS month, o.channel, sum(o.total_amount) AS revenue
FROM orders o
WHERE extract(year FROM o.ordered_at) = 2025
GROUP BY month, o.channel"""
BEFORE = MONTHS.replace("2025", "2024")
COUNT = "SELECT count(*) AS orders FROM orders WHERE extract(year FROM ordered_at) = 2024"


def query(sql: str, thought: str = "orders.") -> Reply:
    return Reply(f"Thought: {thought}\nCall: postgres-sql__run_query\n```sql\n{sql}\n```")


def plot(result: str, mark: str, **columns: str) -> Reply:
    return call("postgres-sql__plot_result", {"result_id": result, "mark": mark, **columns})


def page(result: str, **arguments: Any) -> Reply:
    return call("postgres-sql__get_result", {"result_id": result, **arguments})


LINE = plot("r1", "line", x="month", y="revenue")
BARS = plot("r2", "bar", x="month", y="revenue")
LINES = plot("r4", "line", x="month", y="revenue", color="channel")
BEST = page("r1", limit=3, order="revenue DESC")
WRONG = query(BEFORE.replace("ordered_at", "orderd_at"))

TURNS: list[tuple[str, list[Reply]]] = [
    ("Revenue of each month of 2025?", [query(MONTHS), final("December was the best month.")]),
    ("Draw it.", [LINE, final("The line rises towards December.")]),
    ("Now without cancelled orders.", [query(PAID_MONTHS), final("Every month is a little lower.")]),
    ("As bars.", [BARS, final("The bars show the same.")]),
    ("How much did cancelled orders take from each month?", [query(LOST), final("A few percent.")]),
    ("The three best months of the first table?", [BEST, final("These three.")]),
    ("То же по каналам.", [query(CHANNELS), final("По каналам так.")]),
    ("Нарисуй по каналам.", [LINES, final("Три линии.")]),
    ("And the same for 2024?", [WRONG, query(BEFORE), final("Lower than 2025.")]),
    ("How many orders were that?", [query(COUNT), final("So many.")]),
]


@pytest.fixture(scope="module")
def conversation(
    shop_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[ScriptedModel, list[dict[str, Any]], Path]:
    """The ten turns, played once: the model with what it was asked, the outcomes, the folder of charts."""
    charts = tmp_path_factory.mktemp("drawn") / "charts"
    with serve_scripted(ScriptedModel()) as scripted:
        scripted.play(*(reply for _, replies in TURNS for reply in replies))
        lines = "".join(f"{question}\n" for question, _ in TURNS)
        done = chat(shop_home, scripted, lines, "--json", "--charts", str(charts))
    assert done.returncode == 0, done.stderr
    assert not processes_of(shop_home)
    return scripted, [json.loads(line) for line in done.stdout.splitlines()], charts


def chat(
    home: Path, scripted: ScriptedModel, lines: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run `ankus chat` on lines of standard input to its end."""
    return subprocess.run(
        [str(ANKUS), "chat", "--base-url", scripted.url, *arguments],
        cwd=ROOT,
        env=environment(home),
        input=lines,
        capture_output=True,
        text=True,
        timeout=110,
    )


Played = tuple[ScriptedModel, list[dict[str, Any]], Path]


def test_ten_turns_are_answered_in_their_order(conversation: Played) -> None:
    _, outcomes, _ = conversation
    expected = [replies[-1].text.partition("Final: ")[2] for _, replies in TURNS]
    assert [outcome["answer"] for outcome in outcomes] == expected


def test_a_later_turn_sees_the_questions_and_queries_before_it(conversation: Played) -> None:
    scripted, _, _ = conversation
    said = [message["content"] for message in scripted.requests[-1]["messages"]]
    asked = [text.rpartition("Question: ")[2] for text in said if "Question: " in text][1:]
    assert asked == [question for question, _ in TURNS]
    assert any(PAID_MONTHS in text for text in said)
    assert not any("orderd_at" in text for text in said[1:])  # what failed is not carried along


def test_the_prompt_of_a_turn_begins_with_that_of_the_turn_before(conversation: Played) -> None:
    scripted, _, _ = conversation
    first, second = scripted.requests[1]["messages"], scripted.requests[2]["messages"]
    assert second[: len(first)] == first


def test_charts_are_files_that_the_outcome_names(conversation: Played) -> None:
    _, outcomes, charts = conversation
    drawn = [path for outcome in outcomes for path in outcome["charts"]]
    assert drawn == [str(charts / f"chart-{number}.png") for number in (1, 2, 3)]
    assert all(Path(path).read_bytes().startswith(b"\x89PNG") for path in drawn)


def test_an_earlier_result_is_joined_paged_and_returned_to(conversation: Played) -> None:
    _, outcomes, _ = conversation
    lost, best = outcomes[4], outcomes[5]
    assert "12 rows" in lost["result"]
    assert "lost" in lost["result"]
    assert best["tool"] == "postgres-sql__get_result"
    assert best["result"].count("\n") >= 3


def test_a_question_that_fails_does_not_end_the_conversation(
    shop_home: Path, scripted: ScriptedModel
) -> None:
    bad = [Reply("I do not know.")] * 4
    scripted.play(*bad, query(MONTHS), final("Well."))

    done = chat(
        shop_home, scripted, "What?\n\n/help\n" + "x" * 5000 + "\n/new\nRevenue?\n/exit\nnever asked\n"
    )

    assert done.returncode == 0, done.stderr
    assert "Well." in done.stdout
    assert "Revenue" not in done.stdout.partition("Well.")[2]
    complaints = [line for line in done.stderr.splitlines() if line.startswith("ankus: ")]
    assert [
        "invalid steps" in complaints[0],
        "/new" in complaints[1],
        "5000 characters" in complaints[2],
    ] == [True] * 3
    assert not scripted.script


def test_an_interrupt_while_a_line_is_awaited_ends_everything(
    shop_home: Path, scripted: ScriptedModel
) -> None:
    scripted.play(query(MONTHS), final("Well."))

    with ankus_running(shop_home, "chat", "--base-url", scripted.url) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("Revenue?\n")
        process.stdin.flush()
        while "first token after" not in process.stdout.readline():  # the last line of an outcome
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)

    assert process.returncode == 130
    assert not processes_of(shop_home)
