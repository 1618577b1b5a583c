"""The tokenizer cuts texts as XLM-RoBERTa does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_shared.embed.packed import open_packed, weights_file
from ankus_shared.embed.xlmr import END, PAD, START, UNKNOWN, XlmrTokenizer

MASK = 250_001


@pytest.fixture(scope="module")
def tokenizer() -> XlmrTokenizer:
    return XlmrTokenizer(open_packed(weights_file()))


# the ids that the documentation of XLM-RoBERTa in fairseq gives, less <s> and </s>
PUBLISHED = [
    ("Hello world", [35378, 8999]),
    ("Hello world!", [35378, 8999, 38]),
    ("你好，世界", [6, 124084, 4, 3221]),
    ("नमस्ते दुनिया", [68700, 97883, 29405]),
    ("مرحبا بالعالم", [665, 193478, 258, 1705, 77796]),
    ("Bonjour le monde", [84602, 95, 11146]),
]


@pytest.mark.parametrize(("text", "ids"), PUBLISHED)
def test_ids_are_those_that_the_model_was_published_with(
    tokenizer: XlmrTokenizer, text: str, ids: list[int]
) -> None:
    assert tokenizer.encode_ids([text]) == [ids]


SAME = [
    ("a\tb\n\nc", "a b c"),
    ("ﬁne ＡＢＣ ①", "fine ABC 1"),
    ("a\u00a0b\u200bc\u3000d", "a b c d"),
    ("\x01a\x7f\0b", "ab"),
    ("½", "1⁄2"),
    ("\ufeffx", "x"),
    ("и\u0306 е\u0308", "й ё"),
    ("a\ud800b", "a\ufffdb"),
]


@pytest.mark.parametrize(("odd", "plain"), SAME)
def test_spellings_of_the_same_text_have_the_same_ids(tokenizer: XlmrTokenizer, odd: str, plain: str) -> None:
    one, other = tokenizer.encode_ids([odd, plain])

    assert one == other


@pytest.mark.parametrize("piece", ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "\0<s>"])
def test_a_text_cannot_spell_what_steers_the_model(tokenizer: XlmrTokenizer, piece: str) -> None:
    (ids,) = tokenizer.encode_ids([f"a {piece} b"])

    assert not {START, PAD, END, UNKNOWN, MASK} & set(ids)


def test_unknown_characters_in_a_row_are_one_unknown_piece(tokenizer: XlmrTokenizer) -> None:
    (ids,) = tokenizer.encode_ids(["\U000e0041\U000e0042\U000e0043"])

    assert ids.count(UNKNOWN) == 1


def test_an_empty_text_has_no_ids(tokenizer: XlmrTokenizer) -> None:
    assert tokenizer.encode_ids(["", "a"]) == [[], [10]]
    assert tokenizer.encode_ids([]) == []


@given(texts=st.lists(st.text(st.characters(codec=None)), max_size=4))
def test_any_text_is_cut_alone_as_among_others(tokenizer: XlmrTokenizer, texts: list[str]) -> None:
    together = tokenizer.encode_ids(texts)

    assert together == [tokenizer.encode_ids([text])[0] for text in texts]
    assert all(UNKNOWN <= token < MASK for ids in together for token in ids)
