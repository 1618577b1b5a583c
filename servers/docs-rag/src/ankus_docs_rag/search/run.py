"""A search from its request to its ranked passages.

    searcher = Searcher(embedder, config, lexicon)
    found = await searcher.find(connection, request)

Each phrasing goes through each arm; the union of what they put forward is scored by every arm, fused, put
together across phrasings, and the first of it are looked at again. Nothing here reads a passage's text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import LiteralString

import anyio.to_thread
import numpy as np
from psycopg import sql

from ankus_docs_rag.embed.embedder import Embedder
from ankus_docs_rag.errors import UnknownSource
from ankus_docs_rag.lexical.words import term_id
from ankus_docs_rag.named import named
from ankus_docs_rag.search.arms import Question, nominate
from ankus_docs_rag.search.candidates import Candidate, Scored, describe, score
from ankus_docs_rag.search.config import SearchConfig
from ankus_docs_rag.search.corpus import Corpus, CorpusReader, LiveModel, check_model
from ankus_docs_rag.search.features import Features, best_alias, coverage, features, names_asked
from ankus_docs_rag.search.filters import conditions_of
from ankus_docs_rag.search.fusion import Scores, across, fused, ranks
from ankus_docs_rag.search.languages import level
from ankus_docs_rag.search.missing import Missing, find_missing
from ankus_docs_rag.search.phrasing import Phrasing, Weighed, weigh
from ankus_docs_rag.search.request import Filters, Request
from ankus_docs_rag.search.rerank import linear, reranked
from ankus_docs_rag.search.rewording import Rewording
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

    corpus: Corpus
    searched: tuple[int, ...]
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
    searched: tuple[int, ...]
    """Ids of the sources that were looked into."""


class Searcher:
    """Searches by one model and one configuration.

    Args:
        embedder: Must be the one by which the index is searched.
        rewording: Adds words of other languages and everyday words.
    """

    def __init__(self, embedder: Embedder, config: SearchConfig, rewording: Rewording) -> None:
        self.embedder = embedder
        self.config = config
        self.rewording = rewording
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
        """
        corpus = corpus or await self.corpus(connection)
        ranking = await self.rank(connection, request, corpus)
        missing = await find_missing(connection, corpus, ranking.searched, request.phrasings[0])
        wanted = ranking.order[request.offset : request.offset + request.limit]
        hits = tuple(ranking.hit(place) for place in wanted)
        return Found(hits, tuple(missing), len(ranking.candidates), ranking.searched)

    async def rank(self, connection: Connection, request: Request, corpus: Corpus) -> Ranking:
        """All candidates of a request in their order."""
        corpus.check(request.filters)
        searched = tuple(corpus.source_ids(request.filters))
        languages = corpus.languages(request.filters)
        phrasings = await anyio.to_thread.run_sync(
            self.rewording.phrasings, request.phrasings, languages, self.embedder
        )
        questions = [await self._question(connection, phrasing, corpus, searched) for phrasing in phrasings]
        nominated = [await self._nominated(connection, q, request.filters, corpus) for q in questions]
        ids = sorted(set[int]().union(*nominated))
        candidates = await describe(connection, ids)
        scored = [await score(connection, question, ids) for question in questions]
        scored = [replace(s, arms={**s.arms, "dense": level(s.arms["dense"], candidates)}) for s in scored]
        return self._ranked(corpus, searched, candidates, questions, scored, request.filters)

    async def _question(
        self, connection: Connection, phrasing: Phrasing, corpus: Corpus, searched: Sequence[int]
    ) -> Question:
        model = self._model(corpus)
        words = await _frequencies(connection, "w", searched, [term_id(term) for term in phrasing.words])
        tokens = {} if phrasing.weighted else await _frequencies(connection, "t", searched, phrasing.tokens)
        if phrasing.weighted:
            tokens = dict.fromkeys(phrasing.tokens, 1)
        passages = corpus.passages(searched)
        weighed = weigh(phrasing, words, passages)
        return Question(phrasing, weighed, words, tokens, passages, model.table, _type(model))

    def _model(self, corpus: Corpus) -> LiveModel:
        if corpus.model is None:
            raise UnknownSource("No model is in use.", hint="ankus-docs-rag models use NAME")
        identity = self.embedder.identity
        check_model(corpus.model, identity.fingerprint, identity.name)
        return corpus.model

    async def _nominated(
        self, connection: Connection, question: Question, filters: Filters, corpus: Corpus
    ) -> set[int]:
        most = self.config.arms.candidates
        found = set[int]()
        languages = corpus.languages(filters)
        for language in languages if len(languages) > 1 else [None]:
            conditions = conditions_of(filters, corpus, language)
            for arm in self.config.arms.used():
                found.update(await nominate(connection, arm, question, conditions, most))
        return found

    def _ranked(
        self,
        corpus: Corpus,
        searched: tuple[int, ...],
        candidates: Sequence[Candidate],
        questions: Sequence[Question],
        scored: Sequence[Scored],
        filters: Filters,
    ) -> Ranking:
        first = questions[0]
        if not candidates:
            none = np.zeros(0)
            empty = features([], scored[0].arms, none, first.weighed, ())
            return Ranking(corpus, searched, (), (), none, none, tuple(scored), empty, first.weighed)
        config = self.config
        base = across(
            [
                fused(s.arms, config.arms, config.fusion, 1 - q.weighed.lost)
                for q, s in zip(questions, scored, strict=True)
            ]
        )
        base = base * self._factors(candidates, first, corpus, filters)
        seen = features(candidates, scored[0].arms, base, first.weighed, first.phrasing.identifiers)
        final = base
        if config.rerank.method == "features" and config.rerank.weights:
            final = reranked(base, linear(seen, config.rerank.weights), config.rerank)
        order = tuple(int(place) for place in np.argsort(-final, kind="stable"))
        return Ranking(
            corpus, searched, tuple(candidates), order, final, base, tuple(scored), seen, first.weighed
        )

    def _factors(
        self, candidates: Sequence[Candidate], question: Question, corpus: Corpus, filters: Filters
    ) -> Scores:
        newest = _newest(corpus) if not filters.version else None
        return np.array([self._factor(candidate, question, newest) for candidate in candidates])

    def _factor(self, candidate: Candidate, question: Question, newest: str | None) -> float:
        discounts, boosts = self.config.discounts, self.config.boosts
        factor = discounts.kinds.get(candidate.kind, 1.0)
        if candidate.date is not None and discounts.yearly < 1:
            factor *= discounts.yearly ** max(0.0, (date.today() - candidate.date).days / 365.25)
        if newest is not None and candidate.version not in ("", newest):
            factor *= discounts.old_versions
        boost = 1.0
        if boosts.names and names_asked(candidate, question.phrasing.identifiers):
            boost += boosts.names
        if boosts.aliases:
            boost += boosts.aliases * best_alias(candidate, question.weighed)
        if boosts.headings:
            boost += boosts.headings * coverage(" ".join(candidate.headings), question.weighed)
        return factor * boost


async def _frequencies(
    connection: Connection, space: LiteralString, sources: Sequence[int], terms: Iterable[int]
) -> dict[int, int]:
    given = {"sources": list(sources), "space": space, "terms": list(terms)}
    cursor = await connection.execute(named("search/frequencies"), given)
    return {term: int(many) for term, many in await cursor.fetchall()}


def _newest(corpus: Corpus) -> str:
    """The greatest version of all sources, by its numbers."""
    return max((source.version for source in corpus.sources), key=_numbers, default="")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _type(model: LiveModel) -> sql.SQL:
    return sql.SQL(f"halfvec({int(model.dimensions)})")
