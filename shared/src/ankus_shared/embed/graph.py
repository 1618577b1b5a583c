"""The encoder of E5 as an ONNX graph for one text, with its matrices in 8 bits.

One text at a time: nothing is padded or masked, the activations stay in the processor's cache (a batch of
16 passages is 30% slower), and a text has the same vector whatever stands beside it.

Matrices are int8, symmetric, with one scale for each output, and use 7 of the 8 bits: without VNNI
instructions the sum of two products of 8 bits would overflow 16. Activations are quantised as they come.
Those that are far larger than all others (Dettmers et al. 2022, arXiv:2208.07339) stand in the rows of a few
tokens in the two inputs of the feed-forward part, so these inputs have a scale for each row.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ankus_shared.embed.packed import Floats, Packed
from ankus_shared.embed.recipe import EMBEDDED, VECTOR

_OPSET, _CONTRIB, _IR = 20, "com.microsoft", 9
_LARGEST_WEIGHT = 63
_LOWEST_GELU = 0.1701
"""GELU is never below minus this."""
_GELU_ZERO = 20
"""What 0 is quantised to after GELU: below it are only those small values."""


def encoder(packed: Packed) -> onnx.ModelProto:
    """The whole encoder, from the embeddings of tokens to the vector of their text."""
    return _Encoder(packed).model()


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def add(self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> str:
        names = [f"{kind}_{len(self.nodes)}_{place}" for place in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names[0]

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def number(self, value: float) -> str:
        return self.constant(f"number {value}", np.array(value, np.float32))

    def axes(self, *axes: int) -> str:
        return self.constant(f"axes {axes}", np.array(axes, np.int64))

    def byte(self, value: int) -> str:
        return self.constant(f"byte {value}", np.array(value, np.uint8))


class _Encoder:
    """Builds the graph from the weights, layer by layer."""

    def __init__(self, packed: Packed) -> None:
        self._packed, self._graph = packed, _Graph()
        self._inner = packed.vector("l0.fi.b").size

    def model(self) -> onnx.ModelProto:
        packed, graph = self._packed, self._graph
        state = self._normalised(EMBEDDED, "emb.ln")
        rows = graph.add("Shape", EMBEDDED, start=0, end=1)
        for layer in range(packed.layers):
            state = self._layer(f"l{layer}", state, rows)
        mean = graph.add("ReduceMean", state, graph.axes(0), keepdims=0)
        graph.nodes.append(helper.make_node("LpNormalization", [mean], [VECTOR], axis=-1, p=2))
        return self._finished()

    def _finished(self) -> onnx.ModelProto:
        hidden, floats = self._packed.hidden, TensorProto.FLOAT
        graph = helper.make_graph(
            self._graph.nodes,
            "e5-small",
            [helper.make_tensor_value_info(EMBEDDED, floats, ["tokens", hidden])],
            [helper.make_tensor_value_info(VECTOR, floats, [hidden])],
            list(self._graph.constants.values()),
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR, producer_name="ankus")

    def _layer(self, name: str, state: str, rows: str) -> str:
        packed, graph, hidden = self._packed, self._graph, self._packed.hidden
        attended = self._attention(name, state)
        mixed = self._times(f"{name}.ao", attended, [f"{name}.ao.w"], hidden)
        state = self._sum_normalised(state, mixed, f"{name}.ao.b", f"{name}.aln")
        wide = self._times_rows(f"{name}.fi", *self._signed_rows(state, rows), f"{name}.fi.w", hidden)
        bias = graph.constant(f"{name}.fi.b", packed.vector(f"{name}.fi.b"))
        wide = graph.add("FastGelu", wide, bias, domain=_CONTRIB)
        narrow = self._times_rows(f"{name}.fo", *self._gelu_rows(wide, rows), f"{name}.fo.w", self._inner)
        return self._sum_normalised(state, narrow, f"{name}.fo.b", f"{name}.oln")

    def _attention(self, name: str, state: str) -> str:
        packed, graph = self._packed, self._graph
        parts = [f"{name}.{part}" for part in "qkv"]
        joined = self._times(f"{name}.qkv", state, [f"{part}.w" for part in parts], packed.hidden)
        split = graph.add("Split", joined, outputs=3, axis=-1, num_outputs=3)
        thirds = [split.removesuffix("0") + str(place) for place in range(3)]
        batch = [graph.add("Unsqueeze", third, graph.axes(0)) for third in thirds]
        bias = np.concatenate([packed.vector(f"{part}.b") for part in parts])
        attended = graph.add(
            "MultiHeadAttention",
            *batch,
            graph.constant(f"{name}.qkv.b", bias),
            domain=_CONTRIB,
            num_heads=packed.heads,
        )
        return graph.add("Squeeze", attended, graph.axes(0))

    def _sum_normalised(self, state: str, added: str, bias: str, name: str) -> str:
        graph = self._graph
        biased = graph.add("Add", added, graph.constant(bias, self._packed.vector(bias)))
        return self._normalised(graph.add("Add", state, biased), name)

    def _normalised(self, state: str, name: str) -> str:
        graph, packed = self._graph, self._packed
        scale, bias = (graph.constant(f"{name}.{part}", packed.vector(f"{name}.{part}")) for part in "wb")
        return graph.add("LayerNormalization", state, scale, bias, axis=-1, epsilon=packed.epsilon)

    def _times(self, name: str, state: str, matrices: Sequence[str], inputs: int) -> str:
        """The product, with one scale for all activations."""
        weights, scales = self._quantised(name, matrices, inputs)
        return self._graph.add("DynamicQuantizeMatMul", state, weights, scales, domain=_CONTRIB)

    def _times_rows(self, name: str, state: str, scale: str, zero: int, matrix: str, inputs: int) -> str:
        """The product, of activations that are quantised with a scale for each row."""
        graph = self._graph
        weights, scales = self._quantised(name, [matrix], inputs)
        one = graph.number(1.0)
        product = graph.add(
            "MatMulIntegerToFloat", state, weights, one, scales, graph.byte(zero), domain=_CONTRIB
        )
        return graph.add("Mul", product, graph.add("Unsqueeze", scale, graph.axes(1)))

    def _quantised(self, name: str, matrices: Sequence[str], inputs: int) -> tuple[str, str]:
        packed, graph = self._packed, self._graph
        weights = np.concatenate([packed.matrix(matrix, inputs) for matrix in matrices])
        whole, scales = quantised(weights)
        return graph.constant(f"{name}.w", whole.T), graph.constant(f"{name}.s", scales)

    def _signed_rows(self, state: str, rows: str) -> tuple[str, str, int]:
        """Each row to 1 … 255, where 128 is 0: quantised rows, their scales, what 0 is."""
        graph = self._graph
        highest = graph.add("ReduceMax", state, graph.axes(-1), keepdims=0)
        lowest = graph.add("ReduceMin", state, graph.axes(-1), keepdims=0)
        largest = graph.add("Max", highest, graph.add("Neg", lowest))
        scale = graph.add("Mul", largest, graph.number(1 / 127))
        return self._rows(state, scale, 128, rows), scale, 128

    def _gelu_rows(self, state: str, rows: str) -> tuple[str, str, int]:
        """The same after GELU, which leaves little below 0: nearly all levels are above it."""
        graph = self._graph
        highest = graph.add("ReduceMax", state, graph.axes(-1), keepdims=0)
        scale = graph.add("Mul", highest, graph.number(1 / (255 - _GELU_ZERO)))
        scale = graph.add("Max", scale, graph.number(_LOWEST_GELU / _GELU_ZERO))
        return self._rows(state, scale, _GELU_ZERO, rows), scale, _GELU_ZERO

    def _rows(self, state: str, scale: str, zero: int, rows: str) -> str:
        graph = self._graph
        return graph.add("QuantizeLinear", state, scale, graph.add("Expand", graph.byte(zero), rows), axis=0)


def quantised(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A matrix of one row for each output as int8, with the scale of each row."""
    scales: Floats = np.abs(weights).max(axis=1) / np.float32(_LARGEST_WEIGHT)
    return np.rint(weights / scales[:, None]).astype(np.int8), scales
