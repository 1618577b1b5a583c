# The index of commands. Everything runs inside .venv, which `make setup` builds with nothing but Python 3.11+.

PYTHON ?= python3
BIN := .venv/bin
Q ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup ask check test test-xgrammar conformance bench-ask bench-sql bench-hints bench-code-graph bench-rag bench-rag-scale bench-load bench-context fuzz-sql wheels clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: .venv/.installed  ## make .venv and install every package with its development tools

.venv/.installed: requirements-dev.txt constraints.txt $(wildcard */pyproject.toml servers/*/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit("Ankus needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Set PYTHON=python3.x.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt -c constraints.txt
	@touch $@

ask: setup  ## ask the example database a question: make ask Q="Which five customers spent the most last year?"
	@test -n "$$ANKUS_DATABASE_URL" || $(BIN)/python -m examples.shop.load
	@$(BIN)/ankus ask "$$Q"

export Q

check: setup  ## ruff, mypy --strict, the import directions and what packages declare
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/packaging/test_imports.py tests/packaging/test_dependencies.py

test: setup  ## the whole suite, the real 1.5B model included (ANKUS_TEST_MODEL=none leaves it out)
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile

test-xgrammar: setup  ## the grammar's proof under xgrammar, which pulls torch (CPU build)
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet xgrammar==0.2.8
	$(BIN)/python -m pytest -m xgrammar tests/runner

conformance: setup  ## the official MCP conformance suite
	$(BIN)/python -m pytest tests/conformance

bench-ask: setup  ## 30 questions by the agent, beside the bare model, with the embedded 1.5B model
	$(BIN)/python -m benchmarks.bench_ask

bench-sql: setup  ## postgres-sql beside another MCP server: CPU, latency, bytes
	$(BIN)/python -m benchmarks.bench_sql

fuzz-sql: setup  ## 20,000 generated statements, none of which may change anything
	ANKUS_FUZZ_STATEMENTS=20000 $(BIN)/python -m pytest tests/postgres_sql/test_fuzz.py -k embedded --timeout 3600

bench-hints: setup  ## hint sets against none on TPC-H, with retests and the rate of false gains
	$(BIN)/python -m benchmarks.bench_hints

bench-code-graph: setup  ## code-graph over PostgreSQL's source: cost, answers, accuracy, peers [SOURCE=path TRUTH=file]
	$(BIN)/python -m benchmarks.bench_code_graph $(if $(SOURCE),--source $(SOURCE)) $(if $(TRUTH),--truth $(TRUTH))

bench-rag: setup  ## docs-rag over PostgreSQL's manual: cost, questions beside baselines, latency [XQUAD=folder MANUAL=folder]
	$(BIN)/python -m benchmarks.bench_rag $(if $(MANUAL),--manual $(MANUAL)) $(if $(XQUAD),--xquad $(XQUAD))

bench-rag-scale: setup  ## docs-rag on synthetic chunks: build time, memory, latency, recall [SIZE=1000000]
	$(BIN)/python -m benchmarks.rag.scale $(if $(SIZE),--size $(SIZE))

bench-load: setup  ## 200 conversations of 6 steps at once: the runner's overhead beside the ideal and a bare client
	$(BIN)/python -m benchmarks.bench_load

bench-context: setup  ## prefix-cache hits and tokens of each context strategy with the embedded llama.cpp
	$(BIN)/python -m benchmarks.bench_context

wheels: setup  ## build a wheel of every package into dist/
	@rm -rf dist
	@for package in shared runner servers/*/; do $(BIN)/python -m build --wheel --outdir dist $$package >/dev/null || exit 1; done
	@ls dist

clean:  ## remove .venv and what was built
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache
