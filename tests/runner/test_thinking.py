"""Models that think: their thoughts are taken apart from their text, and switched in both ways."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.constraint import StepGrammar
from ankus_runner.thinking import Splitter, merged, thinking_fields, thinking_grammar


def split(text: str, cuts: list[int]) -> tuple[str, str]:
    """Thought and text of a text that comes in pieces."""
    splitter, at = Splitter(), sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    parts = [splitter.split(text[begin:end]) for begin, end in pairwise(at)]
    return "".join(thought for thought, _ in parts), "".join(text for _, text in parts) + splitter.rest()


@given(st.text(), st.text(), st.lists(st.integers(0, 60)))
def test_a_thought_is_split_alike_however_it_is_cut(thought: str, text: str, cuts: list[int]) -> None:
    thought = thought.replace("</think>", "")
    whole = f"<think>{thought}</think>{text}"

    assert split(whole, cuts) == split(whole, [])
    assert split(whole, cuts) == (thought, text.lstrip())


@given(st.text(alphabet="<think> /a\n"), st.lists(st.integers(0, 30)))
def test_a_text_without_a_thought_at_its_beginning_stays_as_it_is(text: str, cuts: list[int]) -> None:
    if not text.lstrip().startswith("<think>"):
        assert split(text, cuts) == ("", text)


def test_every_engine_has_its_switch() -> None:
    assert thinking_fields("vllm", "off", 0) == {"chat_template_kwargs": {"enable_thinking": False}}
    assert thinking_fields("llama.cpp", "budget", 9)["thinking_budget_tokens"] == 9
    assert thinking_fields("other", "off", 0) == {"reasoning_effort": "none"}
    assert thinking_fields("vllm", "none", 0) == {}


def test_a_step_has_one_thought_in_either_way() -> None:
    grammar = StepGrammar(thought_chars=240)

    assert thinking_grammar(grammar, "off").thought_chars == 240
    assert thinking_grammar(grammar, "budget").thought_chars is None


def test_fields_of_one_name_are_merged() -> None:
    theirs = {"chat_template_kwargs": {"language": "ru"}, "top_k": 1}

    assert merged(thinking_fields("vllm", "off", 0), theirs) == {
        "chat_template_kwargs": {"enable_thinking": False, "language": "ru"},
        "top_k": 1,
    }
