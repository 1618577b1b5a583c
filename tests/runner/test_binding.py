"""The probe: an endpoint is believed to obey a grammar only after it was seen to."""

import pytest

from ankus_runner.binding import Dialect, Engine, find_binding
from ankus_runner.errors import EndpointError, UnguardedError
from ankus_runner.model import ChatModel
from tests.fixtures.scripted import ScriptedModel, serve_scripted


@pytest.mark.parametrize(
    ("engine", "obeys", "expected"),
    [
        ("llama.cpp", ("gbnf", "json_schema"), "gbnf"),
        ("llama.cpp", ("json_schema",), "json_schema"),
        ("vllm", ("structural_tag", "gbnf", "json_schema"), "structural_tag"),
        ("vllm", ("gbnf", "json_schema"), "gbnf"),
        ("other", ("json_schema",), "json_schema"),
        ("other", ("gbnf",), "gbnf"),
    ],
)
async def test_the_first_dialect_that_is_obeyed_is_used(
    engine: Engine, obeys: tuple[str, ...], expected: Dialect
) -> None:
    with serve_scripted(ScriptedModel(engine, obeys)) as server:
        model = ChatModel(server.url, "m")
        binding = await find_binding(model)
        await model.aclose()

    assert (binding.engine, binding.dialect) == (engine, expected)


async def test_an_endpoint_that_ignores_every_grammar_is_refused() -> None:
    with serve_scripted(ScriptedModel("vllm", obeys=())) as server:
        model = ChatModel(server.url, "m")
        with pytest.raises(UnguardedError, match="obeys no grammar; tried structural_tag, gbnf, json_schema"):
            await find_binding(model)
        await model.aclose()


async def test_a_person_may_go_on_without_a_grammar() -> None:
    with serve_scripted(ScriptedModel("other", obeys=())) as server:
        model = ChatModel(server.url, "m")
        binding = await find_binding(model, unguarded=True)
        await model.aclose()

    assert binding.dialect == "none"


async def test_a_dialect_that_was_asked_for_is_the_only_one_tried() -> None:
    with serve_scripted(ScriptedModel("llama.cpp", obeys=("gbnf",))) as server:
        model = ChatModel(server.url, "m")
        with pytest.raises(UnguardedError, match="tried json_schema"):
            await find_binding(model, dialect="json_schema")
        await model.aclose()


async def test_an_endpoint_that_is_not_there_is_named() -> None:
    model = ChatModel("http://127.0.0.1:9/v1")
    with pytest.raises(EndpointError, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        await find_binding(model)
    await model.aclose()
