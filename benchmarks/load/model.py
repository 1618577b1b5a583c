"""A scripted OpenAI-compatible model whose steps take a fixed time, as a program of its own.

    python -m benchmarks.load.model STEPS FIRST_TOKEN SECONDS TOKENS

The conversation says by its length which step comes: so many calls of the tool, then the answer. A step's
first token comes after FIRST_TOKEN seconds, its others evenly until SECONDS have passed, however many ask.
"""

import asyncio
import json
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

TOOL = "paced__look_up"


@dataclass(frozen=True)
class PacedModel:
    """Steps of one length in time and tokens."""

    steps: int
    first_token: float
    seconds: float
    tokens: int

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        arrived = time.perf_counter()
        body = await request.json()
        grammar = body.get("grammar", "")
        if body["messages"] == [{"role": "user", "content": "Hi"}]:  # the runner's probe
            words = re.findall(r'"(\w+)"', grammar)
            return StreamingResponse(self._sent([words[0]], 0.0, arrived), media_type="text/event-stream")
        pieces = self._pieces(body["messages"])
        return StreamingResponse(self._sent(pieces, self.seconds, arrived), media_type="text/event-stream")

    def _pieces(self, messages: list[dict[str, Any]]) -> list[str]:
        """The next step, in as many pieces as it has tokens."""
        asked = max(i for i, message in enumerate(messages) if message["content"].find("Question: ") >= 0)
        done = sum(message["role"] == "assistant" for message in messages[asked:])
        thought = "Look further into what was found. " * 3
        if done < self.steps - 1:
            word = f"word-{done}"
            text = f'Thought: {thought}\nCall: {TOOL} {{"word":"{word}"}}'
        else:
            text = f"Thought: {thought}\nFinal: It means itself."
        size = -(-len(text) // self.tokens)
        return [text[i : i + size] for i in range(0, len(text), size)]

    async def _sent(self, pieces: list[str], seconds: float, arrived: float) -> AsyncIterator[str]:
        gap = (seconds - self.first_token) / max(len(pieces) - 1, 1) if seconds else 0.0
        for number, piece in enumerate(pieces):
            due = arrived + (self.first_token + number * gap if seconds else 0.0)
            await asyncio.sleep(max(due - time.perf_counter(), 0.0))
            yield _event({"choices": [{"delta": {"content": piece}, "finish_reason": None}]})
        yield _event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        usage = {"prompt_tokens": 1_000, "completion_tokens": len(pieces)}
        yield _event({"choices": [], "usage": usage, "timings": {"cache_n": 900}})
        yield "data: [DONE]\n\n"


async def tokenize(request: Request) -> Response:
    """POST /tokenize: four letters are a token."""
    content = (await request.json()).get("content", "")
    return JSONResponse({"tokens": list(range(-(-len(content) // 4)))})


async def props(_: Request) -> Response:
    """GET /props, which only llama.cpp has."""
    return JSONResponse({"default_generation_settings": {"n_ctx": 8192}})


async def models(_: Request) -> Response:
    """GET /v1/models."""
    return JSONResponse({"data": [{"id": "paced", "owned_by": "llama.cpp"}]})


def _event(chunk: dict[str, Any]) -> str:
    return f"data: {json.dumps(chunk)}\n\n"


def main() -> None:
    """Serve until the program is ended; its address is the first line that it prints."""
    steps, first, seconds, tokens = sys.argv[1:]
    model = PacedModel(int(steps), float(first), float(seconds), int(tokens))
    routes = [
        Route("/v1/chat/completions", model.chat, methods=["POST"]),
        Route("/tokenize", tokenize, methods=["POST"]),
        Route("/props", props),
        Route("/v1/models", models),
    ]
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(Starlette(routes=routes), log_level="critical", lifespan="off", backlog=2048)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
