"""The profile `code-copilot`: questions about code, answered over a graph with citations that were seen."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.scripted import Reply, ScriptedModel, call, final
from tests.fixtures.shop import ankus, processes_of


def asked(home: Path, scripted: ScriptedModel, question: str, *replies: Reply) -> dict[str, Any]:
    """The outcome of a question to which the model replies like this."""
    scripted.play(*replies)
    done = ankus(
        home, "ask", question, "--profile", "code-copilot", "--base-url", scripted.url, "--json"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not scripted.script
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


def tool(tool_name: str, **arguments: Any) -> Reply:
    """A call of a tool of the server."""
    return call(f"code-graph__{tool_name}", arguments)


@pytest.mark.parametrize(
    ("question", "called", "seen", "answer"),
    [
        (
            "Where are meals written down?",
            tool("search_code", query="write a meal into the diary"),
            "log_meal src/diary.c:6",
            "In log_meal (src/diary.c:6).",
        ),
        (
            "How does main reach log_meal?",
            tool("find_call_path", from_symbol="main", to_symbol="log_meal"),
            "feed -> log_meal  src/zoo.c:10",
            "main calls feed (src/zoo.c:16), and that log_meal (zoo.c:10).",
        ),
        (
            "What breaks if I change log_meal?",
            tool("assess_impact", symbol="log_meal"),
            "main  src/zoo.c:14",
            "feed (src/zoo.c:7) and main (src/zoo.c:14).",
        ),
        (
            "Кто пишет в meals?",
            tool("find_references", symbol="meals", access="write"),
            "src/zoo.c:9  written in feed",
            "Только feed (src/zoo.c:9).",
        ),
    ],
)
def test_a_question_is_answered_by_one_call_with_citations(
    zoo_home: Path, scripted: ScriptedModel, question: str, called: Reply, seen: str, answer: str
) -> None:
    outcome = asked(zoo_home, scripted, question, called, final(answer))

    assert outcome["answer"] == answer
    assert seen in outcome["result"]
    assert outcome["steps"] == 2
    assert not processes_of(zoo_home)


def test_a_place_that_no_tool_showed_is_no_answer(zoo_home: Path, scripted: ScriptedModel) -> None:
    outcome = asked(
        zoo_home, scripted, "Where is feed?",
        tool("find_symbol", name="feed"), final("In feed (src/animals.c:7)."), final("In src/zoo.c:7."),
    )  # fmt: skip

    assert outcome["answer"] == "In src/zoo.c:7."
    said = scripted.requests[-1]["messages"][-1]["content"]
    assert said.startswith("Error: src/animals.c:7 stands in no observation.")


def test_lines_of_a_source_that_was_read_may_be_cited(zoo_home: Path, scripted: ScriptedModel) -> None:
    answer = "It returns -2 where the name is NULL (src/diary.c:13)."

    outcome = asked(
        zoo_home, scripted, "How does log_meal fail?", tool("get_source", symbol="log_meal"), final(answer)
    )  # fmt: skip

    assert outcome["answer"] == answer


def test_the_first_step_is_a_call_of_the_graph_after_a_short_prompt(
    zoo_home: Path, scripted: ScriptedModel
) -> None:
    asked(
        zoo_home, scripted, "Where is feed?",
        tool("find_symbol", name="fed"), tool("find_symbol", name="feed"), final("At src/zoo.c:7."),
    )  # fmt: skip

    first = scripted.requests[0]
    system, user = (message["content"] for message in first["messages"])
    assert len(system) < 4_700  # about 1,300 tokens of Qwen2.5-Coder
    assert "Final" not in first["grammar"]
    assert "postgres-sql" not in system
    assert "zoo: " in user
    assert "Final" in scripted.requests[-1]["grammar"]
