"""The encoder of E5 in float32 by numpy, from its definition (Devlin et al. 2019, arXiv:1810.04805)."""

import functools
import math
from collections.abc import Sequence

import numpy as np

from ankus_shared.embed.packed import Floats, Packed


class Reference:
    """Weights as they are packed, in 4 bits; everything else in full."""

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._matrix = functools.cache(packed.matrix)

    def vector(self, ids: Sequence[int]) -> Floats:
        """The vector of a text, of length 1; `ids` with those of `<s>` and `</s>`."""
        packed, hidden = self._packed, self._packed.hidden
        state = packed.words(np.array(ids, np.int64)) + packed.vector("emb.type")[:hidden]
        state = self._normalised(state + packed.vector("emb.pos").reshape(-1, hidden)[: len(ids)], "emb.ln")
        for layer in range(packed.layers):
            state = self._layer(f"l{layer}", state)
        mean = state.mean(axis=0)
        unit: Floats = mean / np.linalg.norm(mean)
        return unit

    def _layer(self, name: str, state: Floats) -> Floats:
        attended = self._times(self._attended(name, state), f"{name}.ao")
        state = self._normalised(state + attended, f"{name}.aln")
        wide = self._times(state, f"{name}.fi")
        wide *= (1 + _erf(wide / math.sqrt(2))) / 2  # GELU
        return self._normalised(state + self._times(wide, f"{name}.fo"), f"{name}.oln")

    def _attended(self, name: str, state: Floats) -> Floats:
        tokens, heads = len(state), self._packed.heads
        parts = [self._times(state, f"{name}.{part}").reshape(tokens, heads, -1) for part in "qkv"]
        queries, keys, values = (part.transpose(1, 0, 2) for part in parts)
        scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(queries.shape[-1])
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        joined: Floats = (shares @ values).transpose(1, 0, 2).reshape(tokens, -1)
        return joined

    def _times(self, state: Floats, name: str) -> Floats:
        product: Floats = state @ self._matrix(f"{name}.w", state.shape[-1]).T + self._packed.vector(
            f"{name}.b"
        )
        return product

    def _normalised(self, state: Floats, name: str) -> Floats:
        centred = state - state.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self._packed.epsilon)
        result: Floats = scaled * self._packed.vector(f"{name}.w") + self._packed.vector(f"{name}.b")
        return result


def _erf(x: Floats) -> Floats:
    """The error function, off by 1.5e-7 at most (Abramowitz and Stegun 1964, 7.1.26)."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    result: Floats = np.sign(x) * (1 - series * np.exp(-x * x))
    return result
