"""A search from its request to its ranked passages.

    searcher = Searcher(embedder, config, rewording)
    found = await searcher.find(connection, request)

Each phrasing goes through each arm; the union of what they put forward is scored by every arm, fused, put
together across phrasings, and the first of it are looked at again. Only a cross-encoder reads the texts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

import anyio.to_thread
import numpy as np
from psycopg import sql

from ankus_docs_rag.errors import UnknownSource
from ankus_docs_rag.lexical.words import term_id
from ankus_docs_rag.named import named
from ankus_docs_rag.search.arms import Question, nominate
from ankus_docs_rag.search.candidates import Candidate, Scored, bodies, describe, score
from ankus_docs_rag.search.config import SearchConfig
from ankus_docs_rag.search.corpus import Corpus, CorpusReader, LiveModel, check_model, switch_to
from ankus_docs_rag.search.factors import factors
from ankus_docs_rag.search.features import Features, features
from ankus_docs_rag.search.filters import conditions_of
from ankus_docs_rag.search.fusion import Scores, across, fused, ranks
from ankus_docs_rag.search.languages import comparable, trust_of
from ankus_docs_rag.search.missing import Missing, find_missing
from ankus_docs_rag.search.phrasing import Phrasing, Weighed, weigh
from ankus_docs_rag.search.request import Filters, Request
from ankus_docs_rag.search.rerank import CrossEncoder, linear, reranked
from ankus_docs_rag.search.rewording import Rewording
from ankus_shared.embed.embedder import Embedder
from ankus_shared.embed.errors import ModelMismatch
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import Connection


@dataclass(frozen=True)
class ArmScore:
    """What one arm says of a hit: its place among the candidates, from 1, and its score."""

    rank: int
    score: float


@dataclass(frozen=True)
class Hit:
    """A passage that was found."""

    candidate: Candidate
    score: float
    arms: Mapping[str, ArmScore]
    """For the question itself; an arm that knows nothing of the passage is left out."""
    best: tuple[int, int]
    """The part of it that is nearest to the question, in code points of the page."""


@dataclass(frozen=True)
class Ranking:
    """All candidates of a request in their final order, with what put them there."""

    searched: tuple[int, ...]
    """Ids of the sources that were looked into."""
    candidates: tuple[Candidate, ...]
    order: tuple[int, ...]
    """Places in `candidates`, the best first."""
    final: Scores
    base: Scores
    scored: tuple[Scored, ...]
    """One for each phrasing."""
    seen: Features
    weighed: Weighed

    def hit(self, place: int) -> Hit:
        """The candidate at a place as a hit."""
        candidate = self.candidates[place]
        arms = {
            arm: ArmScore(int(ranks(scores)[place]), float(scores[place]))
            for arm, scores in self.scored[0].arms.items()
            if np.isfinite(scores[place]) and (arm == "dense" or scores[place] > 0)
        }
        best = next((s.best[candidate.id] for s in self.scored if candidate.id in s.best), None)
        return Hit(candidate, float(self.final[place]), arms, best or (candidate.start, candidate.end))


@dataclass(frozen=True)
class Found:
    """The answer to a request."""

    hits: tuple[Hit, ...]
    missing: tuple[Missing, ...]
    candidates: int
    """How many passages were compared."""
    by_meaning_alone: bool
    """Whether no passage has a word of the question or a translation of one."""


class Searcher:
    """Searches by one model and one configuration.

    Args:
        embedder: Must be the one by which the index is searched.
        rewording: Adds words of other languages and everyday words.
        cross_encoder: The reranker, where the configuration has `flag` or `endpoint`.

    Raises:
        SettingsError: If the configuration has one of these and none is given.
    """

    def __init__(
        self,
        embedder: Embedder,
        config: SearchConfig,
        rewording: Rewording,
        cross_encoder: CrossEncoder | None = None,
    ) -> None:
        if config.rerank.method in ("flag", "endpoint") and cross_encoder is None:
            raise SettingsError(f"The reranker '{config.rerank.method}' is not open here.")
        self.embedder = embedder
        self.config = config
        self.rewording = rewording
        self.cross_encoder = cross_encoder
        self._corpora = CorpusReader()

    async def corpus(self, connection: Connection) -> Corpus:
        """What can be searched now.

        Raises:
            UnknownSource: If there is no source.
        """
        corpus = await self._corpora.read(connection)
        if not corpus.sources:
            raise UnknownSource("There is no source to search.", hint="Make one with ingest_source.")
        return corpus

    async def find(self, connection: Connection, request: Request, corpus: Corpus | None = None) -> Found:
        """The passages that answer a request, and what of it the documents do not have.

        Raises:
            UnknownFilter: If a filter has a value that no passage has.
            ModelMismatch: If the index is searched by another model.
            RerankerUnavailable: If the reranker's server does not answer.
        """
        corpus = corpus or await self.corpus(connection)
        ranking = await self.rank(connection, request, corpus)
        missing = await find_missing(connection, corpus, ranking.searched, request.phrasings[0])
        wanted = ranking.order[request.offset : request.offset + request.limit]
        hits = tuple(ranking.hit(place) for place in wanted)
        return Found(hits, tuple(missing), len(ranking.candidates), not ranking.weighed.idf)

    async def rank(self, connection: Connection, request: Request, corpus: Corpus) -> Ranking:
        """All candidates of a request in their order."""
        corpus.check(request.filters)
        model = self._model(corpus)
        searched = tuple(corpus.source_ids(request.filters))
        languages = corpus.languages(request.filters)
        phrasings = await anyio.to_thread.run_sync(
            self.rewording.phrasings, request.phrasings, languages, self.embedder
        )
        questions = [await _question(connection, each, corpus, searched, model) for each in phrasings]
        nominated = [await self._nominated(connection, each, request, corpus) for each in questions]
        ids = sorted(set[int]().union(*nominated))
        candidates = await describe(connection, ids)
        scored = [await score(connection, question, ids) for question in questions]
        compared = [comparable(of.arms, candidates) for of in scored]
        base = self._fused(candidates, questions, compared, request.filters)
        first = questions[0]
        seen = features(candidates, compared[0], base, first.weighed, first.phrasing.identifiers)
        again = await self._again(connection, first, candidates, base, seen)
        final = base if again is None else reranked(base, again, self.config.rerank)
        order = tuple(int(place) for place in np.argsort(-final, kind="stable"))
        return Ranking(searched, tuple(candidates), order, final, base, tuple(scored), seen, first.weighed)

    def close(self) -> None:
        """Give back the models."""
        self.embedder.close()
        if self.cross_encoder is not None:
            self.cross_encoder.close()

    def _model(self, corpus: Corpus) -> LiveModel:
        identity = self.embedder.identity
        if corpus.model is None:
            raise ModelMismatch("No model is in use.", hint=switch_to(identity.name))
        check_model(corpus.model, identity.fingerprint, identity.name)
        return corpus.model

    async def _nominated(
        self, connection: Connection, question: Question, request: Request, corpus: Corpus
    ) -> set[int]:
        most = max(self.config.arms.candidates, request.offset + request.limit)
        found = set[int]()
        languages = corpus.languages(request.filters)
        for language in languages if len(languages) > 1 else [None]:
            conditions = conditions_of(request.filters, corpus, language)
            for arm in self.config.arms.used():
                found.update(await nominate(connection, arm, question, conditions, most))
        return found

    def _fused(
        self,
        candidates: Sequence[Candidate],
        questions: Sequence[Question],
        compared: Sequence[Mapping[str, Scores]],
        filters: Filters,
    ) -> Scores:
        """The scores by all arms and phrasings, with discounts and boosts."""
        config = self.config
        each = [
            fused(arms, config.arms, config.fusion, trust_of(candidates, question.phrasing.trust))
            for question, arms in zip(questions, compared, strict=True)
        ]
        return across(each) * factors(candidates, questions[0], config, filters)

    async def _again(
        self,
        connection: Connection,
        question: Question,
        candidates: Sequence[Candidate],
        base: Scores,
        seen: Features,
    ) -> Scores | None:
        """What the reranker says of the candidates, NaN of those that it does not read; None without one."""
        config = self.config.rerank
        if not candidates or config.method == "none":
            return None
        if config.method == "features" or self.cross_encoder is None:
            trust = trust_of(candidates, question.phrasing.trust)
            return linear(seen, config.weights, trust) if config.weights else None
        first = np.argsort(-base, kind="stable")[: config.depth]
        texts = await bodies(connection, [candidates[place] for place in first])
        scores = await anyio.to_thread.run_sync(self.cross_encoder.scores, question.phrasing.text, texts)
        again = np.full(len(base), np.nan)
        again[first] = scores
        return again


async def _question(
    connection: Connection, phrasing: Phrasing, corpus: Corpus, searched: Sequence[int], model: LiveModel
) -> Question:
    words = await _frequencies(connection, "w", searched, [term_id(term) for term in phrasing.words])
    if phrasing.weighted:
        tokens = dict.fromkeys(phrasing.tokens, 1)
    else:
        tokens = await _frequencies(connection, "t", searched, phrasing.tokens)
    passages = corpus.passages(searched)
    weighed = weigh(phrasing, words, passages)
    return Question(phrasing, weighed, words, tokens, passages, model.table, _type(model))


async def _frequencies(
    connection: Connection, space: LiteralString, sources: Sequence[int], terms: Iterable[int]
) -> dict[int, int]:
    given = {"sources": list(sources), "space": space, "terms": list(terms)}
    cursor = await connection.execute(named("search/frequencies"), given)
    return {term: int(many) for term, many in await cursor.fetchall()}


def _type(model: LiveModel) -> sql.SQL:
    return sql.SQL(f"halfvec({int(model.dimensions)})")
