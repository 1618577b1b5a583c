"""A server on loopback that speaks `/v1/chat/completions` and answers as a test scripts it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[[dict[str, Any]], Any]
"""Of a request: what the model says, as text or as an object to be sent as JSON."""


@dataclass
class JudgeServer:
    """A running server, what it was asked, and how it shall misbehave."""

    script: Script
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """What the next requests are answered with; 200 when there is none left."""
    takes_shapes: bool = True
    """Whether it knows `response_format`."""
    body: bytes | None = None
    """What it answers instead of a completion."""
    at_once: int = 0
    most_at_once: int = 0
    """Requests that were open at the same time, at most."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, request: dict[str, Any]) -> tuple[int, bytes]:
        """The status and body of one answer."""
        with self.lock:
            status = self.statuses.pop(0) if self.statuses else 200
        if "response_format" in request and not self.takes_shapes:
            return 400, b'{"error": "unknown field response_format"}'
        if status != 200:
            return status, b'{"error": "as scripted"}'
        if self.body is not None:
            return 200, self.body
        said = self.script(request)
        text = said if isinstance(said, str) else json.dumps(said)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return 200, json.dumps({"choices": [choice]}).encode()


@contextmanager
def judge_server(script: Script) -> Iterator[JudgeServer]:
    """Serve on a free port of loopback."""
    state = JudgeServer(script)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with state.lock:
                state.requests.append(request)
                state.authorizations.append(self.headers["authorization"])
                state.at_once += 1
                state.most_at_once = max(state.most_at_once, state.at_once)
            status, body = state.reply(request)
            with state.lock:
                state.at_once -= 1
            self.send_response(status if self.path == "/v1/chat/completions" else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests are silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
