"""From settings to a searcher: the model, the configuration, the lexicons."""

from ankus_docs_rag.embed.catalogue import open_embedder, open_tokenizer
from ankus_docs_rag.search.config import load_config
from ankus_docs_rag.search.rewording import rewording_of
from ankus_docs_rag.search.run import Searcher
from ankus_docs_rag.settings import Settings


def searcher_of(settings: Settings) -> Searcher:
    """Load what a search needs; blocks for about a second.

    Raises:
        ModelMissing: If the model is not installed.
        SettingsError: If the configuration is wrong.
    """
    config = load_config(settings.search_config)
    embedder = open_embedder(settings)
    tokenizer = open_tokenizer(settings)
    return Searcher(embedder, config, rewording_of(config.lexicon, tokenizer.encode_ids))
