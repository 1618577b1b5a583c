"""A server on loopback that speaks `/rerank`: what counts are words in common with the question."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class RerankServer:
    """A running server, what it was asked, and how it shall misbehave."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """A status and headers for each of the next requests, instead of scores."""
    body: bytes | None = None
    """What it answers instead of scores."""


@contextmanager
def rerank_server() -> Iterator[RerankServer]:
    """Serve on a free port of loopback."""
    state = RerankServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.requests.append(request)
            state.authorizations.append(self.headers["authorization"])
            body = state.body or json.dumps(_answer(request)).encode()
            known = 200 if self.path == "/v1/rerank" else 404
            status, headers = state.refusals.pop(0) if state.refusals else (known, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests are silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    asked = set(request["query"].lower().split())
    scored = [
        {"index": place, "relevance_score": float(len(asked & set(text.lower().split())))}
        for place, text in enumerate(request["documents"])
    ]
    # the best first, as servers do
    best = sorted(scored, key=lambda one: -one["relevance_score"])
    return {"model": request["model"], "results": best[: request["top_n"]]}
