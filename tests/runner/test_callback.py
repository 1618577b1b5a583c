"""A person behind an HTTP address: what is posted there, and what is made of any answer."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ankus_runner.approvals import Answer, Asked
from ankus_runner.callback import callback_asker
from ankus_runner.errors import ApprovalError, ConfigError

ASKED = Asked("r1", "ann", "toy__drop_table", {"name": "orders"}, "d1")


@dataclass
class Service:
    """Answers each request by the next of its replies."""

    url: str = ""
    replies: list[Response] = field(default_factory=list)
    seen: list[tuple[str, str, str, Any]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        seen = (request.method, request.url.path, request.headers.get("authorization", ""))
        self.seen.append((*seen, json.loads(body) if body else None))
        return self.replies.pop(0)


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    service = Service()
    routes = [Route("/{path:path}", service.answer, methods=["GET", "POST"])]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        service.url = f"http://127.0.0.1:{listener.getsockname()[1]}/asked"
        config = uvicorn.Config(Starlette(routes=routes), log_level="critical", lifespan="off")
        program = uvicorn.Server(config)
        thread = threading.Thread(target=program.run, kwargs={"sockets": [listener]})
        thread.start()
        yield service
        program.should_exit = True
        thread.join()


@pytest.fixture
def service(running: Service) -> Service:
    running.replies.clear()
    running.seen.clear()
    return running


def said(**answer: Any) -> Response:
    return Response(json.dumps(answer), media_type="application/json")


async def asked(service: Service) -> Answer:
    async with callback_asker(service.url, "the-token") as asker:
        return await asker.ask(ASKED)


async def test_the_call_is_posted_with_the_token_and_the_answer_comes_back(service: Service) -> None:
    service.replies = [
        said(verdict="edit", arguments={"name": "drafts"}, by="bob", remember="call", digest="d1")
    ]

    assert await asked(service) == Answer("edit", {"name": "drafts"}, "", "bob", "call")

    body = {"run": "r1", "user": "ann", "tool": "toy__drop_table", "arguments": {"name": "orders"}}
    posted = {**body, "digest": "d1", "problem": ""}
    assert service.seen == [("POST", "/asked", "Bearer the-token", posted)]


async def test_an_answer_that_is_not_there_yet_is_asked_for_again(service: Service) -> None:
    later = {"Location": "/later/7", "Retry-After": "0"}
    service.replies = [Response(status_code=202, headers=later), Response(status_code=202, headers=later)]
    service.replies += [said(verdict="refuse", reason="no", by="bob")]

    assert await asked(service) == Answer("refuse", None, "no", "bob")

    assert [(method, path) for method, path, *_ in service.seen] == [
        ("POST", "/asked"),
        ("GET", "/later/7"),
        ("GET", "/later/7"),
    ]


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (Response(status_code=500), "status 500"),
        (Response(status_code=307, headers={"Location": "http://127.0.0.1:9/"}), "status 307"),
        (Response(status_code=202, headers={"Location": "http://127.0.0.1:9/x"}), "elsewhere"),
        (Response("no JSON"), "cannot be read"),
        (said(verdict="maybe"), "cannot be read: verdict"),
        (said(verdict="edit"), "arguments go with"),
        (said(verdict="approve", arguments={"name": "x"}), "arguments go with"),
        (said(verdict="approve", digest="d2"), "another call"),
    ],
)
async def test_no_answer_but_a_plain_one_lets_a_call_through(
    service: Service, reply: Response, complaint: str
) -> None:
    service.replies = [reply]

    with pytest.raises(ApprovalError, match=complaint):
        await asked(service)

    assert len(service.seen) == 1


async def test_a_service_that_is_down_is_told(service: Service) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        async with callback_asker(url, "") as asker:
            with pytest.raises(ApprovalError, match="cannot be asked"):
                await asker.ask(ASKED)


@pytest.mark.parametrize("url", ["ftp://h/", "http://ann:secret@h/", "https:///x", "h"])
async def test_what_is_no_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        async with callback_asker(url, ""):
            pass
    assert "secret@" not in str(caught.value)
