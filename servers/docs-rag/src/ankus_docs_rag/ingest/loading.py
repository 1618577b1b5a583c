"""What ingest loads by its settings: the vocabulary that measures passages, and models by their names."""

from collections.abc import Callable
from dataclasses import dataclass

from ankus_docs_rag.embed.catalogue import open_embedder, open_tokenizer
from ankus_docs_rag.embed.settings import EmbedSettings
from ankus_shared.embed.embedder import Embedder
from ankus_shared.embed.xlmr import XlmrTokenizer


@dataclass(frozen=True)
class Vocabulary:
    """XLM-R's, which passages are measured by whatever model embeds them; loaded where it is called."""

    settings: EmbedSettings

    def __call__(self) -> XlmrTokenizer:
        """Load it; takes under a second."""
        return open_tokenizer(self.settings)


def loader(settings: EmbedSettings) -> Callable[[str], Embedder]:
    """Opens a model by the name that its vectors are recorded under; "" is the one that is set."""
    return lambda name: open_embedder(settings, name)
