"""The tokenizer of XLM-RoBERTa: a Unigram model of 250,002 pieces (Kudo 2018, arXiv:1804.10959).

As with SentencePiece, a text cannot spell the pieces that steer the model (`<s>`, `<pad>`, `</s>`, `<unk>`,
`<mask>`), unknown characters in a row are one `<unk>`, and a combining mark is composed with its letter.

It is built in memory from the vocabulary at each start: its own JSON file takes as long to load.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from ankus_shared.embed.packed import Packed, open_packed

START, PAD, END, UNKNOWN = 0, 1, 2, 3
STEERING = frozenset({"<s>", "<pad>", "</s>", "<unk>", "<mask>"})

_NUL = "\0"
_REPLACEMENT = 0xFFFD
_SURROGATES = range(0xD800, 0xE000)


class XlmrTokenizer:
    """Texts to ids of pieces; may be used by several threads."""

    def __init__(self, packed: Packed) -> None:
        # no text has a NUL after normalisation, so that no text can spell these pieces
        pieces = [
            (_NUL + piece if piece in STEERING else piece, score) for piece, score in packed.vocabulary()
        ]
        self._forms = _forms(packed.normal_forms())
        self._tokenizer = Tokenizer(models.Unigram(pieces, packed.unknown, False))
        self._tokenizer.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
        self._tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", "always", split=True)

    def encode_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, without those of `<s>` and `</s>`; none of an empty text."""
        normal = [self._normal(text) for text in texts]
        return [coded.ids for coded in self._tokenizer.encode_batch_fast(normal, add_special_tokens=False)]

    def _normal(self, text: str) -> str:
        return unicodedata.normalize("NFC", text).translate(self._forms)


@lru_cache(maxsize=1)
def tokenizer_of(weights: Path) -> XlmrTokenizer:
    """That of the weights of e5-small, one a process: it takes half a second and 170 MB.

    Raises:
        ModelChanged: They are others than before.
    """
    return XlmrTokenizer(open_packed(weights))


def _forms(normal_forms: dict[int, str]) -> dict[int, str]:
    """Without NUL, and with halves of surrogate pairs as what stands for a broken character."""
    broken = normal_forms.get(_REPLACEMENT, chr(_REPLACEMENT))
    return {**normal_forms, 0: "", **dict.fromkeys(_SURROGATES, broken)}
