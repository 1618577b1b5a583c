"""The OpenAI-compatible API of `ankus serve`, by OpenAI's own client and by hand."""

import json
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.fixtures.scripted import Reply, call, final
from tests.fixtures.serve import Served, bearer

README = Path(__file__).parents[3] / "runner" / "README.md"
QUERY = call("shop__run_query", {"sql": "SELECT 1"})
HELD = Reply("Thought: ", hold=True)


@pytest.fixture
def client(served: Served) -> Generator[OpenAI]:
    with OpenAI(base_url=f"{served.url}/v1", api_key="key-of-anna", max_retries=0) as client:
        yield client


def chunks(body: str) -> list[dict[str, Any]]:
    """The objects of a stream, which ends as OpenAI's do."""
    events = [part.removeprefix("data: ") for part in body.strip().split("\n\n")]
    assert events.pop() == "[DONE]"
    return [json.loads(event) for event in events]


def told(body: str) -> list[dict[str, Any]]:
    """The agent's events in a stream."""
    return [chunk["ankus"] for chunk in chunks(body) if "type" in chunk.get("ankus", {})]


def test_openais_client_gets_an_answer_with_its_tokens(served: Served, client: OpenAI) -> None:
    served.model.play(QUERY, final("Three."))

    answer = client.chat.completions.create(
        model="clerk", messages=[{"role": "user", "content": "How many?"}]
    )

    assert answer.choices[0].message.content == "Three."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.prompt_tokens_details.cached_tokens) == (200, 120)  # type: ignore[union-attr]


def test_openais_client_streams_an_answer_and_sees_no_event_of_ours(served: Served, client: OpenAI) -> None:
    served.model.play(QUERY, final("Three."))

    stream = client.chat.completions.create(
        model="clerk",
        messages=[{"role": "user", "content": "How many?"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    parts = list(stream)

    assert "".join(part.choices[0].delta.content or "" for part in parts if part.choices) == "Three."
    assert parts[-2].choices[0].finish_reason == "stop"
    assert parts[-1].usage is not None
    assert len(parts) == 4


def test_openais_client_raises_the_error_that_its_status_and_code_say(served: Served, client: OpenAI) -> None:
    served.model.play(*[Reply("nonsense")] * 4)

    with pytest.raises(openai.NotFoundError, match="no model 'gpt-4o'") as unknown:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])
    with pytest.raises(openai.UnprocessableEntityError, match="invalid steps in a row") as unanswered:
        client.chat.completions.create(model="clerk", messages=[{"role": "user", "content": "Hi"}])

    assert unknown.value.code == "model_not_found"
    assert unanswered.value.code == "not_answered"
    assert [model.id for model in client.models.list()] == ["clerk", "planner", "reader"]


def test_an_error_in_the_middle_of_a_stream_ends_it_as_openais_client_expects(
    served: Served, client: OpenAI
) -> None:
    served.model.play(QUERY, Reply(status=400, text="no more"))

    stream = client.chat.completions.create(
        model="clerk", messages=[{"role": "user", "content": "Hi"}], stream=True
    )

    with pytest.raises(openai.APIError, match="no more"):
        list(stream)


def test_steps_calls_and_results_are_told_to_who_asks_for_them(served: Served) -> None:
    served.model.play(QUERY, final("Three."))

    body = served.ask("How many?", stream=True, ankus={"events": True}).text

    events = told(body)
    kinds = [event["type"] for event in events if event["type"] != "text"]
    assert kinds == ["step", "call", "result", "step", "answer"]
    [result] = [event for event in events if event["type"] == "result"]
    assert result["text"].startswith("id|customer|note|total\n-|-|-|-\n1|Anna|<img")
    written = "".join(event["text"] for event in events if event["type"] == "text")
    assert "Call: shop__run_query" in written
    assert events[-1]["arguments"] == {"sql": "SELECT 1"}


def test_without_a_conversation_the_messages_are_all_that_was_said(served: Served) -> None:
    served.model.play(QUERY, final("Four."))
    messages = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "How many?"},
        {"role": "assistant", "content": "Three."},
        {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
    ]

    served.ask("", messages=messages)

    prompt = [(each["role"], each["content"]) for each in served.model.requests[-2]["messages"][1:]]
    assert prompt[0] == ("user", "Question: How many?")
    assert prompt[1] == ("assistant", "Final: Three.")
    assert prompt[2] == ("user", "Question: Be short.\n\nAnd now?")


def test_a_conversation_is_begun_gone_on_with_listed_and_forgotten(served: Served) -> None:
    served.model.play(QUERY, final("Three."), QUERY, final("Yes, three."))

    first = served.ask("How many?", ankus={"conversation": "new"})
    name = first.json()["ankus"]["conversation"]
    second = served.ask("Are you sure?", ankus={"conversation": name})

    assert first.headers["x-ankus-conversation"] == name
    assert second.json()["choices"][0]["message"]["content"] == "Yes, three."
    assert "Final: Three." in str(served.model.requests[-1]["messages"])
    [listed] = [each for each in served.get("/v1/conversations").json()["data"] if each["id"] == name]
    assert listed["title"] == "How many?"
    exchange, later = served.get(f"/v1/conversations/{name}").json()["exchanges"]
    assert later["question"] == "Are you sure?"
    assert (exchange["question"], exchange["answer"]) == ("How many?", "Three.")
    assert exchange["turns"][0]["arguments"] == {"sql": "SELECT 1"}
    assert "Борис" in exchange["turns"][0]["result"]
    served.http.delete(f"/v1/conversations/{name}", headers=bearer("anna"))
    assert served.get(f"/v1/conversations/{name}").json()["error"]["code"] == "conversation_unknown"


def test_nobody_reaches_anothers_conversation(served: Served) -> None:
    served.model.play(QUERY, final("Three."))
    name = served.ask("How many?", ankus={"conversation": "new"}).json()["ankus"]["conversation"]
    path = f"/v1/conversations/{name}"

    answers = [
        served.get(path, "boris"),
        served.get(f"{path}/events", "boris"),
        served.http.post(f"{path}/cancel", headers=bearer("boris")),
        served.http.delete(path, headers=bearer("boris")),
        served.ask("And?", "boris", ankus={"conversation": name}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert name not in served.get("/v1/conversations", "boris").text
    assert served.get(path, "anna2").status_code == 200  # another key of the same user


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "no JSON"),
        ("[]", "valid dictionary"),
        ('{"model": "clerk"}', "messages: field required"),
        ('{"model": "clerk", "messages": []}', "messages"),
        ('{"model": "clerk", "messages": [{"role": "assistant", "content": "Hi"}]}', "not the user's"),
        ('{"model": "clerk", "messages": [{"role": "user", "content": " "}]}', "question is empty"),
        ('{"model": "clerk", "n": 2, "messages": [{"role": "user", "content": "Hi"}]}', "'n' is not offered"),
        (
            '{"model":"clerk","messages":[{"role":"user","content":[{"type":"image_url"}]}]}',
            "part of type 'image_url'",
        ),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_place(served: Served, body: str, message: str) -> None:
    answer = served.http.post("/v1/chat/completions", content=body, headers=bearer("anna"))

    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]


def test_a_body_without_end_is_not_read(served: Served) -> None:
    answer = served.http.post("/v1/chat/completions", content=b" " * (3 << 20), headers=bearer("anna"))

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


def test_a_client_that_goes_away_ends_the_run_and_frees_the_conversation(served: Served) -> None:
    served.model.play(QUERY, HELD)
    body = {"model": "clerk", "messages": [{"role": "user", "content": "How many?"}], "stream": True}
    body["ankus"] = {"conversation": "new"}

    with served.http.stream("POST", "/v1/chat/completions", json=body, headers=bearer("anna")) as stream:
        name = stream.headers["x-ankus-conversation"]
        assert served.model.held.wait(20)
        busy = served.ask("And?", ankus={"conversation": name})
    assert served.model.hung_up.wait(20)

    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "conversation_busy")
    unfinished = served.get(f"/v1/conversations/{name}").json()["unfinished"]
    assert (unfinished["question"], len(unfinished["turns"])) == ("How many?", 1)
    served.model.play(final("Three."))  # asked again it goes on, and the query is not made again
    answer = served.ask("How many?", ankus={"conversation": name}).json()
    assert answer["choices"][0]["message"]["content"] == "Three."
    assert answer["ankus"]["answer"]["steps"] == 2


def test_the_stop_button_ends_an_answer_that_another_request_follows(served: Served) -> None:
    served.model.held.clear()
    served.model.play(QUERY, HELD)
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(served.ask("How many?", ankus={"conversation": "new"}))
    )
    asking.start()
    assert served.model.held.wait(20)
    name = served.get("/v1/conversations").json()["data"][0]["id"]
    path = f"/v1/conversations/{name}"

    with served.http.stream("GET", f"{path}/events", headers=bearer("anna")) as stream:
        stopped = served.http.post(f"{path}/cancel", headers=bearer("anna"))
        followed = stream.read().decode()
    asking.join()

    assert stopped.status_code == 202
    assert [event["type"] for event in chunks(followed) if event["type"] != "text"] == [
        "step",
        "call",
        "result",
        "step",
        "error",
    ]
    assert answers[0].json()["error"]["code"] == "cancelled"
    assert chunks(served.get(f"{path}/events").text) == []
    assert served.http.post(f"{path}/cancel", headers=bearer("anna")).status_code == 404


def test_a_question_that_is_not_asked_again_is_given_up_for_another(served: Served) -> None:
    served.model.play(QUERY, Reply(status=400, text="no more"))
    failed = served.ask("How many?", ankus={"conversation": "new"})
    name = failed.headers.get("x-ankus-conversation") or newest(served)

    served.model.play(QUERY, final("None."))
    served.ask("How many pears?", ankus={"conversation": name})

    assert (failed.status_code, failed.json()["error"]["code"]) == (502, "endpoint_failed")
    kept = served.get(f"/v1/conversations/{name}").json()
    assert [each["question"] for each in kept["exchanges"]] == ["How many pears?"]
    assert kept["unfinished"] is None


def newest(served: Served) -> str:
    """The conversation that anna used last."""
    return str(served.get("/v1/conversations").json()["data"][0]["id"])


def test_own_runs_leave_traces_with_prompts_results_and_tokens(served: Served) -> None:
    served.model.play(QUERY, final("Three."))

    answer = served.ask("Who has a trace?", ankus={"events": True}).json()["ankus"]["answer"]

    path = f"/v1/traces/{answer['trace']}"
    until(lambda: served.get(path).json().get("run", {}).get("status") == "ok")
    trace = served.get(path).json()
    assert trace["run"]["question"] == "Who has a trace?"
    assert (trace["run"]["steps"], trace["run"]["prompt_tokens"]) == (2, 200)
    [called] = [span for span in trace["spans"] if span["kind"] == "tool"]
    assert called["input"] == {"sql": "SELECT 1"}
    assert "Anna" in called["output"]["text"]
    prompts = [span["input"]["messages"] for span in trace["spans"] if span["kind"] == "model"]
    assert "Question: Who has a trace?" in prompts[0][-1]["content"]
    assert answer["trace"] in served.get("/v1/traces").text
    assert answer["trace"] not in served.get("/v1/traces", "boris").text
    assert served.get(path, "boris").status_code == 404


def until(true: Callable[[], bool]) -> None:
    """Ask until it is so; what is written by a thread is there soon."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline


def test_the_example_of_the_readme_is_answered(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.model.play(QUERY, final("Three."))
    section = README.read_text("utf-8").split("## A server")[1]
    example = section.split("```python\n")[1].split("```")[0]
    here = example.replace("http://127.0.0.1:8080", served.url).replace('"none"', '"key-of-anna"')

    exec(here.replace('"analyst"', '"clerk"'), {})

    answer, conversation = capsys.readouterr().out.splitlines()
    assert answer == "Three."
    assert conversation == newest(served)
