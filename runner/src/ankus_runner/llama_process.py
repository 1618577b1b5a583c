"""The process in which llama.cpp runs: `python -m ankus_runner.llama_process`.

It reads one JSON line on standard input (`EngineRequest`; the API key must not be in the arguments, which
other users can read), loads the model, writes one JSON line on standard output, `{"url": …}` or
`{"error": …}`, and serves until standard input ends: when the parent goes away, whatever the reason, so
does this process. Everything that llama.cpp logs goes to standard error.
"""

import json
import os
import sys
import threading
from dataclasses import asdict, dataclass
from typing import Any, TextIO


@dataclass(frozen=True, kw_only=True)
class EngineRequest:
    """What the engine needs to start."""

    model: str
    """Path of the GGUF file."""

    context_tokens: int
    """Size of the context, prompt and answer together, in tokens."""

    threads: int
    """Threads that compute."""

    state_dir: str
    """Folder for saved prompt states."""

    api_key: str
    """Bearer token that every request must carry."""

    def to_line(self) -> str:
        """Render as one line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> "EngineRequest":
        """Parse what `to_line` made."""
        return cls(**json.loads(line))


def llama_params(request: EngineRequest) -> Any:
    """Build the parameters of `xllamacpp.Server`; figures in docs/decisions/0001-llama-cpp-build.md."""
    import xllamacpp  # 106 MB of native code: only the child loads it

    params = xllamacpp.CommonParams()
    params.model.path = request.model
    params.n_ctx = request.context_tokens
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = request.threads
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.fit_params = False  # it reads the vocabulary twice: half a second more to start
    params.warmup = False  # an empty run at start; the first prompt warms the pages just as well
    params.cache_ram_mib = 0  # one conversation at a time: the slot itself is the cache
    params.verbosity = 2  # warnings and errors
    params.ui = False
    params.port = 0
    params.api_keys = [request.api_key]
    params.slot_save_path = os.path.join(request.state_dir, "")
    params.endpoint_slots = True
    return params


def main() -> int:
    """Serve one model until standard input ends; 1 where it cannot be loaded."""
    answers = _own_stdout()
    request = EngineRequest.from_line(sys.stdin.readline())
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    try:
        import xllamacpp

        server = xllamacpp.Server(llama_params(request))
    except (RuntimeError, ImportError, MemoryError) as error:
        _say(answers, error=str(error))
        return 1
    _say(answers, url=server.listening_address)
    threading.Event().wait()  # _exit_with_parent ends the process
    return 0


def _own_stdout() -> TextIO:
    """Keep standard output for our one line, and point descriptor 1 to standard error for native code."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _say(answers: TextIO, **message: str) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _exit_with_parent() -> None:
    """Wait for the end of standard input, then leave at once: native threads know no orderly exit."""
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
