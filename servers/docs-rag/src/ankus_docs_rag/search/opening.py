"""From settings to a searcher: the model, the configuration, the lexicons, the reranker."""

import os

from ankus_docs_rag.embed.catalogue import open_embedder, open_tokenizer
from ankus_docs_rag.search.config import Rerank, load_config
from ankus_docs_rag.search.flag_reranker import open_flag_reranker
from ankus_docs_rag.search.rerank import CrossEncoder
from ankus_docs_rag.search.rerank_endpoint import EndpointReranker, RerankEndpoint
from ankus_docs_rag.search.rewording import rewording_of
from ankus_docs_rag.search.run import Searcher
from ankus_docs_rag.search.settings import RerankSettings
from ankus_docs_rag.settings import Settings
from ankus_shared.errors import SettingsError
from ankus_shared.settings import read_secret

KEY_VARIABLE = "ANKUS_RERANKER_KEY"


def searcher_of(settings: Settings, model: str = "") -> Searcher:
    """Load what a search needs; blocks for about a second.

    Args:
        model: Name of the model in the catalogue; by default the one of the settings.

    Raises:
        ModelMissing: If the model or the reranker is not installed.
        SettingsError: If the configuration is wrong.
    """
    config = load_config(settings.search_config)
    tokenizer = open_tokenizer(settings)
    rewording = rewording_of(config.lexicon, tokenizer.encode_ids)
    cross_encoder = open_cross_encoder(config.rerank, settings)
    return Searcher(open_embedder(settings, model), config, rewording, cross_encoder)


def open_cross_encoder(config: Rerank, settings: RerankSettings) -> CrossEncoder | None:
    """The reranker that reads passages, where the configuration wants one.

    Raises:
        ModelMissing: If `flag` is not installed, or its model is not there.
        SettingsError: If `endpoint` has no address or no model, or the file of its key cannot be read.
    """
    if config.method == "flag":
        return open_flag_reranker(config.model)
    if config.method != "endpoint":
        return None
    if not settings.reranker_url or not config.model:
        raise SettingsError(
            "The reranker 'endpoint' needs the address of its server and the name of its model.",
            hint="Set --reranker-url or ANKUS_RERANKER_URL, and model in [rerank] of --search-config.",
        )
    where = RerankEndpoint(settings.reranker_url, config.model, _key(settings), settings.reranker_timeout)
    return EndpointReranker(where)


def _key(settings: RerankSettings) -> str | None:
    if settings.reranker_key_file is not None:
        return read_secret(settings.reranker_key_file, "the bearer token")
    return os.environ.get(KEY_VARIABLE) or None
