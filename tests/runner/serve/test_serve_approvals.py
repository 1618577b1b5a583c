"""Calls that wait for a person: asked over the answer's own stream, decided by another request."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from tests.fixtures.scripted import call, final
from tests.fixtures.serve import Served, bearer

DELETE = call("shop__delete_rows", {"table": "orders", "count": 3})
ONCE_MORE = call("shop__delete_rows", {"table": "orders", "count": 4})
GONE = final("They are gone.")


@pytest.fixture(autouse=True)
def _nothing_deleted(served: Served) -> Generator[None]:
    yield
    (served.folder / "deleted").unlink(missing_ok=True)


def deleted(served: Served) -> list[str]:
    """What has been deleted, by call."""
    file = served.folder / "deleted"
    return file.read_text().splitlines() if file.exists() else []


@contextmanager
def asked(served: Served, question: str = "Delete them.") -> Generator[tuple[str, Iterator[dict[str, Any]]]]:
    """A conversation and the events of its answer, as they come."""
    body = {"model": "clerk", "messages": [{"role": "user", "content": question}], "stream": True}
    body["ankus"] = {"conversation": "new", "events": True}
    with served.http.stream("POST", "/v1/chat/completions", json=body, headers=bearer("anna")) as stream:
        yield stream.headers["x-ankus-conversation"], events(stream)


def events(stream: httpx2.Response) -> Iterator[dict[str, Any]]:
    for line in stream.iter_lines():
        if line.startswith("data: {"):
            told = json.loads(line.removeprefix("data: ")).get("ankus", {})
            if told.get("type") not in (None, "text"):
                yield told


def to_approve(told: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The call that waits."""
    return next(event for event in told if event["type"] == "approval")


def decide(served: Served, name: str, approval: str, who: str = "anna", **said: Any) -> httpx2.Response:
    path = f"/v1/conversations/{name}/approvals/{approval}"
    return served.http.post(path, json=said, headers=bearer(who))


def test_a_call_is_shown_edited_and_made_as_it_was_edited(served: Served) -> None:
    served.model.play(DELETE, GONE)

    with asked(served) as (name, told):
        waiting = to_approve(told)
        foreign = decide(served, name, waiting["id"], "boris", verdict="approve")
        wrong = decide(served, name, waiting["id"], verdict="approve", arguments={"count": "all"})
        unclear = decide(served, name, waiting["id"], verdict="perhaps")
        before = deleted(served)
        edited = {"table": "orders", "count": 1}
        right = decide(served, name, waiting["id"], verdict="approve", arguments=edited)
        rest = list(told)

    assert (waiting["tool"], waiting["arguments"]) == ("shop__delete_rows", {"table": "orders", "count": 3})
    assert (foreign.status_code, wrong.status_code, unclear.status_code) == (404, 400, 400)
    assert before == []
    assert right.status_code == 202
    assert deleted(served) == ["orders 1"]
    assert [event["type"] for event in rest] == ["approved", "call", "result", "step", "answer"]
    assert rest[0]["verdict"] == "edited"
    assert decide(served, name, waiting["id"], verdict="approve").status_code == 404


def test_a_refused_call_is_not_made_and_the_model_is_told(served: Served) -> None:
    served.model.play(DELETE, call("shop__run_query", {"sql": "SELECT 1"}), final("I may not."))

    with asked(served) as (name, told):
        decide(served, name, to_approve(told)["id"], verdict="refuse")
        answer = list(told)[-1]

    assert deleted(served) == []
    assert answer["text"] == "I may not."
    assert "A person has refused this call." in str(served.model.requests[-2]["messages"])


def test_what_is_remembered_is_not_asked_again_in_this_conversation(served: Served) -> None:
    served.model.play(DELETE, ONCE_MORE, GONE)

    with asked(served) as (name, told):
        decide(served, name, to_approve(told)["id"], verdict="approve", remember=True)
        kinds = [event["type"] for event in told]

    assert "approval" not in kinds
    assert deleted(served) == ["orders 3", "orders 4"]


def test_where_nobody_follows_the_steps_a_destructive_tool_is_not_there(served: Served) -> None:
    served.model.play(DELETE, call("shop__run_query", {"sql": "SELECT 1"}), final("I may not."))
    served.model.requests.clear()

    answer = served.ask("Delete them.", ankus={"conversation": "new"})

    assert answer.json()["choices"][0]["message"]["content"] == "I may not."
    assert deleted(served) == []
    assert "There is no tool shop__delete_rows now." in str(served.model.requests[1]["messages"])
