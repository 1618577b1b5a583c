"""Which llama.cpp build is fastest here: `python -m benchmarks.bench_engines [MODEL.gguf]`.

The builds of the package index that need no compiler, each in a fresh process of its own environment, with
the same model, threads and prompt (about 850 tokens, 60 written). The builds take turns, so that what else
runs on the machine falls on all of them alike; printed are medians and their ratio to xllamacpp's, the one
that Ankus uses. Figures and choice: docs/decisions/0001-llama-cpp-build.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ankus_runner.cpus import physical_cores
from ankus_runner.embedded import SPIN_COUNT
from ankus_runner.model_files import DEFAULT_MODEL, find, model_path

PROMPT = "Tables: " + ", ".join(f"table_{n}(id integer, customer_id integer, name text)" for n in range(62))

# Every worker answers a line with {"prompt": [tokens, seconds], "written": [tokens, seconds]}.
COMMON = """
import json, sys, time
model, threads, prompt = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def answers(measure):
    print("ready", flush=True)
    for number, _ in enumerate(sys.stdin):
        (tokens, begin), marks = measure(f"{number} {prompt} Explain this schema at length:")
        written = [len(marks) - 1, marks[-1] - marks[0]]
        print(json.dumps({"prompt": [tokens, marks[0] - begin], "written": written}), flush=True)
"""

XLLAMACPP = """
import urllib.request, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel = model, 2048, 1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
params.warmup, params.fit_params, params.verbosity, params.port = False, False, 0, 0
server = xllamacpp.Server(params)
def measure(text):
    body = {"prompt": text, "n_predict": 61, "cache_prompt": False, "temperature": 0, "ignore_eos": True}
    request = urllib.request.Request(server.listening_address + "/completion", json.dumps(body).encode())
    t = json.load(urllib.request.urlopen(request))["timings"]
    first, rest = t["prompt_ms"] / 1e3, t["predicted_ms"] / 1e3
    count = t["predicted_n"] - 1
    return (t["prompt_n"], 0.0), [first + rest * n / count for n in range(count + 1)]
answers(measure)
"""

SYNC = """
from llama_cpp_py_sync import Llama
llama = Llama(model, n_ctx=2048, n_threads=threads)
def measure(text):
    tokens, begin = len(llama.tokenize(text)), time.perf_counter()
    stream = llama.generate(text, max_tokens=61, temperature=0.0, repeat_penalty=1.0, stream=True)
    return (tokens, begin), [time.perf_counter() for _ in stream]
answers(measure)
"""

# Its own sampler copies 151,936 logits one by one in Python: numpy makes the comparison one of engines.
IK = """
import numpy
from ik_llama_cpp import IkLlama, _ctypes_api
llama = IkLlama(model, n_ctx=2048, n_threads=threads, verbose=False)
context, size, marks = llama._context, llama._model.n_vocab, []
def greedy(index, **options):
    logits = _ctypes_api.llama_get_logits_ith(context._ctx, index)
    token = int(numpy.ctypeslib.as_array(logits, (size,)).argmax())
    marks.append(time.perf_counter())
    return token
context.sample = greedy
def measure(text):
    tokens = llama.tokenize(text)
    marks.clear()
    begin = time.perf_counter()
    llama.generate(tokens, max_tokens=61, temperature=0.0)
    return (len(tokens), begin), list(marks)
answers(measure)
"""


@dataclass
class Build:
    """One llama.cpp build: what pip installs, the worker's program, and tokens a second of each turn."""

    package: str
    program: str
    worker: subprocess.Popen[str] | None = None
    refusal: str = ""
    prompt: list[float] = field(default_factory=list)
    written: list[float] = field(default_factory=list)


def builds() -> list[Build]:
    """The builds to compare, the baseline first."""
    return [
        Build("xllamacpp==2026.10.11549", XLLAMACPP),
        Build("llama-cpp-py-sync==0.11739", SYNC),
        Build("ik-llama-cpp-python==0.1.5", IK),
    ]


def interpreter(build: Build) -> Path:
    """A Python with the build, made once under the user's cache."""
    folder = platformdirs.user_cache_path("ankus-bench") / build.package
    python = folder / "bin/python"
    if not (folder / "installed").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", build.package], check=True, stderr=subprocess.DEVNULL
        )
        (folder / "installed").touch()
    return python


def start(build: Build, model: Path, threads: int) -> None:
    """Start the worker and wait until its model is loaded, or note why it does not start."""
    command = [str(interpreter(build)), "-c", COMMON + build.program, str(model), str(threads), PROMPT]
    environment = {"GOMP_SPINCOUNT": SPIN_COUNT, **os.environ}
    log = tempfile.TemporaryFile("w+")
    pipe = subprocess.PIPE
    worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True, env=environment)
    if _read(worker, "ready"):
        build.worker = worker
    else:
        log.seek(0)
        build.refusal = (log.read().strip().splitlines() or [f"status {worker.wait()}"])[-1]


def measure(build: Build) -> None:
    """Let the worker take one turn."""
    worker = build.worker
    assert worker is not None
    assert worker.stdin is not None
    worker.stdin.write("\n")
    worker.stdin.flush()
    answer = json.loads(_read(worker, "{"))
    build.prompt.append(answer["prompt"][0] / answer["prompt"][1])
    build.written.append(answer["written"][0] / answer["written"][1])


def stop(build: Build) -> None:
    """End the worker."""
    assert build.worker is not None
    build.worker.kill()
    build.worker.communicate()


def _read(worker: subprocess.Popen[str], beginning: str) -> str:
    """The next line of that beginning; native code prints what it likes in between."""
    assert worker.stdout is not None
    return next((line for line in worker.stdout if line.startswith(beginning)), "")


def report(compared: list[Build], threads: int) -> Table:
    """A table of medians, ranges and ratios."""
    title = f"tokens a second, {threads} threads: median (least to most), ratio to the first"
    table = Table("build", "prompt", "ratio", "writing", "ratio", title=title, box=None)
    baseline = compared[0]
    for build in compared:
        table.add_row(
            build.package,
            _spread(build.prompt),
            f"{statistics.median(build.prompt) / statistics.median(baseline.prompt):.2f}",
            _spread(build.written),
            f"{statistics.median(build.written) / statistics.median(baseline.written):.2f}",
        )
    return table


def _spread(rates: list[float]) -> str:
    return f"{statistics.median(rates):.1f} ({min(rates):.1f} to {max(rates):.1f})"


def main() -> None:
    """Run the builds in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", type=Path, default=model_path(find(DEFAULT_MODEL)))
    parser.add_argument("--turns", type=int, default=5, help="turns of each build (default 5)")
    parser.add_argument("--threads", type=int, default=physical_cores(), help="default: physical cores")
    options = parser.parse_args()
    if not options.model.is_file():
        raise SystemExit(f"{options.model} is not here: run 'ankus models pull' first.")
    compared = builds()
    for build in compared:
        start(build, options.model, options.threads)
    running = [build for build in compared if build.worker]
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for _ in bar.track(range(options.turns), description="turns"):
            for build in running:
                measure(build)
    for build in running:
        stop(build)
    Console(width=120).print(report(running, options.threads))
    for build in compared:
        if build.refusal:
            print(f"{build.package} does not start: {build.refusal}")


if __name__ == "__main__":
    main()
