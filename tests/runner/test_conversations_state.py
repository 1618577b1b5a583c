"""A conversation's state comes back as it was: whatever texts it holds, and with all that a run holds."""

import sys
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankus_runner.constraint import Call
from ankus_runner.conversation import Conversation, Exchange, History, Turn
from ankus_runner.conversations.errors import UnreadableConversationError
from ankus_runner.conversations.parcel import LONG, Packer, unpack
from ankus_runner.conversations.state import (
    Pending,
    State,
    Unanswered,
    plain,
    resumed,
    state_of,
    unanswered,
)
from ankus_runner.guard import RunGuard, Spent
from ankus_runner.hooks import Hooks
from ankus_runner.hosts import Image, ToolResult
from ankus_runner.model import Usage
from ankus_runner.outcome import Evidence
from ankus_runner.passages import Source
from ankus_runner.profile import Limits
from ankus_runner.results import Results
from ankus_runner.run import Run

NOT_KEPT = {"conversation", "guard", "hooks", "prompt", "run_id"}
"""Fields of a run that are kept in another form, follow from it, or belong to one process and one trace."""

any_text = st.text(st.characters(exclude_categories=[]), max_size=9) | st.sampled_from(
    ["@", "@t", "@@b", "a\0b", "\ud800", "\udcff" * LONG, "ж" * LONG, "a" * LONG]
)
numbers = st.integers() | st.floats(allow_nan=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | any_text,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(any_text, parts, max_size=3),
    max_leaves=5,
)
json_objects = st.dictionaries(any_text, json_values, max_size=3)
texts = st.lists(any_text, max_size=3)
turns = st.builds(Turn, any_text, any_text, tool=any_text, handle=any_text)
exchanges = st.builds(Exchange, any_text, st.lists(turns, max_size=2).map(tuple), any_text)
results = st.builds(Results, st.dictionaries(any_text, any_text, max_size=3))
histories = st.builds(
    History,
    st.lists(exchanges, max_size=2),
    any_text,
    referred=st.sets(any_text, max_size=2),
    results=results,
)
images = st.builds(Image, any_text, st.binary(max_size=9))
tool_results = st.builds(
    ToolResult, any_text, st.none() | json_objects, images=st.lists(images, max_size=2).map(tuple)
)
evidence = st.none() | st.builds(Evidence, any_text, json_objects, tool_results)
spent = st.builds(
    Spent, calls=st.lists(st.tuples(any_text, st.integers(0)), max_size=2), usage=st.builds(Usage)
)
runs = st.builds(
    Unanswered,
    **dict.fromkeys(["question", "system", "opening", "asked"], any_text),
    **dict.fromkeys(["lessons", "failures"], texts),
    **dict.fromkeys(["temperature", "first_token_seconds"], st.floats(0, 9)),
    **dict.fromkeys(["evidence", "doubtful"], evidence),
    turns=st.lists(turns, max_size=2),
    spent=spent,
    first_results=st.dictionaries(any_text, any_text, max_size=2),
    images=st.lists(images, max_size=2),
    sources=st.lists(st.builds(Source, url=any_text), max_size=2).map(tuple),
    pending=st.lists(st.builds(Pending, any_text, st.builds(Call, any_text, json_objects)), max_size=2),
)


@settings(max_examples=40)
@given(st.lists(st.builds(State, histories, st.none() | runs), min_size=1, max_size=2))
def test_a_state_comes_back_as_it_was_and_no_text_is_packed_twice(states: list[State]) -> None:
    packer, bodies = Packer(), dict[str, bytes]()
    for state in states:
        parcel = packer.pack(plain(state))
        assert parcel.json.isascii()
        assert not parcel.bodies.keys() & bodies.keys()
        bodies = {key: body for key, body in (bodies | parcel.bodies).items() if key not in parcel.dropped}
        packer.kept = parcel.keys
        assert bodies.keys() == parcel.keys
        assert state_of(unpack(parcel.json, bodies)) == state


def test_what_has_been_kept_once_makes_no_later_state_larger() -> None:
    packer = Packer()
    history = History(results=Results({"obs1": "x" * 1_000_000}))
    first = packer.pack(plain(State(history)))
    packer.kept = first.keys
    history.exchanges.append(Exchange("Why?", (Turn("Look.", "x" * 1_000_000),), "So."))
    second = packer.pack(plain(State(history)))
    assert sum(map(len, first.bodies.values())) == 1_000_000
    assert not second.bodies
    assert len(second.json) < 1_000


def test_all_that_a_run_holds_is_kept() -> None:
    of_run = {field.name for field in fields(Run)} - NOT_KEPT
    of_conversation = {field.name for field in fields(Conversation)} - {"history", "question"}
    in_another_form = {"asked", "spent", "pending"}
    assert {field.name for field in fields(Unanswered)} - in_another_form == of_run | of_conversation


def test_a_run_goes_on_with_its_counters_and_its_time() -> None:
    guard = RunGuard(Limits(seconds=100), Spent(3, Usage(7, 2, 1), 40.0))
    guard.repeats("toy__look_up", {"word": "pear"})
    run = Run("Why?", Conversation("system", "opening", "Question: Why?"), guard, temperature=0.7)
    kept = unanswered(run)
    again = resumed(kept, run.conversation.history, Limits(seconds=100), Hooks())
    assert again.conversation == run.conversation
    assert (again.guard.steps, again.guard.usage, again.temperature) == (3, Usage(7, 2, 1), 0.7)
    assert again.guard.repeats("toy__look_up", {"word": "pear"}) == 1
    assert 40 <= kept.spent.seconds <= again.guard.seconds


@pytest.mark.parametrize(("value", "said"), [({"v": 2}, "form 2"), ({"history": {"summary": []}}, "summary")])
def test_a_state_that_cannot_be_read_is_said_to_be_so(value: dict[str, object], said: str) -> None:
    with pytest.raises(UnreadableConversationError, match=said):
        state_of(value)


def test_a_result_that_is_nested_too_deep_cannot_be_kept() -> None:
    nested: dict[str, object] = {}
    for _ in range(2 * sys.getrecursionlimit()):
        nested = {"in": nested}
    found = Evidence("toy__look_up", nested, ToolResult("", None, failed=False))
    run = Run("Why?", Conversation("", "", ""), RunGuard(Limits()), evidence=found)
    with pytest.raises(UnreadableConversationError, match="too deep"):
        Packer().pack(plain(State(run=unanswered(run))))
