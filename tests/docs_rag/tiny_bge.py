"""A tiny BGE-M3 of random weights on disk: its real form, so that the real code loads it.

Imported only where torch and transformers are installed.
"""

import hashlib
import itertools
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers, processors

DIMENSIONS, PIECES, POSITIONS = 64, 4_000, 130
LITE_DIMENSIONS = 1024
"""bge-m3-lite reads weights of this width alone."""

_LETTERS = "abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщыьэюя0123456789_.,()-?"


def make_checkpoint(folder: Path) -> None:
    """Write what FlagEmbedding loads: an XLM-RoBERTa of 2 layers, both heads, a Unigram vocabulary."""
    import torch
    from transformers import XLMRobertaModel

    torch.manual_seed(7)
    XLMRobertaModel(_config()).save_pretrained(folder)
    _save_tokenizer(folder)
    _make_heads(folder, DIMENSIONS)


def make_reranker(folder: Path) -> None:
    """Write what FlagReranker loads: an XLM-RoBERTa of 2 layers that gives one number for a pair."""
    import torch
    from transformers import XLMRobertaForSequenceClassification

    torch.manual_seed(7)
    XLMRobertaForSequenceClassification(_config(num_labels=1)).save_pretrained(folder)
    _save_tokenizer(folder)


def make_lite_files(folder: Path) -> dict[str, tuple[int, str]]:
    """Write what bge-m3-lite loads; the size and the SHA-256 of each file."""
    import sentencepiece

    with (folder / "sentencepiece.bpe.model").open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(f"{one} {other} vacuum" for one, other in itertools.pairwise(_LETTERS)),
            model_writer=file,
            vocab_size=200,
            hard_vocab_limit=False,
            normalization_rule_name="nmt_nfkc",
            minloglevel=2,
        )
    _make_heads(folder, LITE_DIMENSIONS)
    (folder / "model_int8.onnx").write_bytes(_backbone().SerializeToString())
    (folder / "model_int8.onnx_data").write_bytes(b"none")
    return {path.name: _size_and_hash(path) for path in folder.iterdir()}


def _config(**more: Any) -> Any:
    from transformers import XLMRobertaConfig

    return XLMRobertaConfig(
        vocab_size=PIECES,
        hidden_size=DIMENSIONS,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=2 * DIMENSIONS,
        max_position_embeddings=POSITIONS,
        type_vocab_size=1,
        pad_token_id=1,
        **more,
    )


def _save_tokenizer(folder: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    special = {"cls_token": "<s>", "bos_token": "<s>", "sep_token": "</s>", "eos_token": "</s>"}
    PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(), pad_token="<pad>", unk_token="<unk>", mask_token="<mask>", **special
    ).save_pretrained(folder)


def _size_and_hash(path: Path) -> tuple[int, str]:
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()


def _tokenizer() -> Tokenizer:
    pairs = (one + other for one, other in itertools.product(_LETTERS, repeat=2))
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *_LETTERS, *("▁" + letter for letter in _LETTERS), *pairs]
    scored = [(piece, -float(len(_LETTERS)) / len(piece)) for piece in pieces[: PIECES - 1]]
    tokenizer = Tokenizer(models.Unigram([*scored, ("<mask>", 0.0)], 3, False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def _make_heads(folder: Path, width: int) -> None:
    import torch

    torch.manual_seed(8)
    sparse = torch.nn.Linear(width, 1)
    torch.nn.init.constant_(sparse.bias, 5.0)  # every token has some weight
    torch.save(sparse.state_dict(), folder / "sparse_linear.pt")
    torch.save(torch.nn.Linear(width, width).state_dict(), folder / "colbert_linear.pt")


def _backbone() -> Any:
    """An encoder that only looks tokens up."""
    from onnx import TensorProto, helper, numpy_helper

    table = np.random.default_rng(9).normal(size=(1000, LITE_DIMENSIONS)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["rows", "wide"], ["token_embeddings"]),
    ]
    shape = ["texts", "tokens"]
    graph = helper.make_graph(
        nodes,
        "lookup",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, shape)
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("token_embeddings", TensorProto.FLOAT, [*shape, LITE_DIMENSIONS])],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([-1]), "last")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
