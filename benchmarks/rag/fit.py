"""Fit the weights of the reranker, `[rerank.weights]` of data/search.toml, on the questions' half `fit`.

    ANKUS_DATA_DIR=FOLDER python -m benchmarks.rag.fit      # over an index of the manual, as of bench-rag

A pairwise logistic loss (RankNet's for a linear model: Burges et al. 2005, doi:10.1145/1102351.1102363) over
each passage that holds a quote against each other candidate, every question counting the same.
"""

import anyio
import numpy as np
from numpy.typing import NDArray

from ankus_docs_rag.evaluate.measures import ndcg_at
from ankus_docs_rag.evaluate.questions import Question, read_questions
from ankus_docs_rag.evaluate.relevance import HitKey, ranks_of
from ankus_docs_rag.evaluate.systems import Opened, opened_search
from ankus_docs_rag.search.features import FEATURES
from ankus_docs_rag.search.passages import texts
from ankus_docs_rag.search.request import request_of
from ankus_docs_rag.settings import Settings
from benchmarks.rag.asking import by_quote
from benchmarks.rag.questions import QUESTIONS

STEEPNESS = 4.0
DECAY = 0.01
STEPS = 400
RATE = 0.05
Asked = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""The features of the candidates of a question, and which of them answer it."""


async def main() -> None:
    """Print the weights as TOML, and nDCG@10 of both halves by them."""
    halves: dict[str, list[Asked]] = {"fit": [], "test": []}
    async with opened_search(Settings()) as opened:
        for question in read_questions(QUESTIONS):
            if question.gold:
                halves[question.half].append(await candidates(opened, by_quote(question)))
    weights = fitted(halves["fit"])
    print("[rerank.weights]")
    print("\n".join(f"{name} = {value:.2f}" for name, value in zip(FEATURES, weights, strict=True)))
    for half, asked in halves.items():
        print(f"# nDCG@10 of the first answer, {half}: {np.mean([first(weights, one) for one in asked]):.3f}")


async def candidates(opened: Opened, question: Question) -> Asked:
    """What the reranker sees of a question."""
    async with opened.docs.reading() as connection:
        request = request_of(question.question)
        corpus = await opened.searcher.corpus(connection)
        ranking = await opened.searcher.rank(connection, request, corpus)
        shown = await texts(connection, [ranking.hit(place) for place in range(len(ranking.candidates))])
    answers = [
        any(ranks_of(question.gold, [HitKey(one.path, one.url, (), one.text, place)]))
        for place, one in enumerate(shown)
    ]
    first_ones = np.argsort(-ranking.base, kind="stable")[: opened.searcher.config.rerank.depth]
    return ranking.seen[first_ones], np.array(answers)[first_ones]


def fitted(asked: list[Asked]) -> NDArray[np.float64]:
    """The weights, by Adam (Kingma and Ba 2015, arXiv:1412.6980) from `fused` alone on."""
    pairs = [_differences(features, answers) for features, answers in asked]
    pairs = [each for each in pairs if len(each)]
    weights = np.array([float(name == "fused") for name in FEATURES])
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        slope = DECAY * weights - np.mean([_slope(each, weights) for each in pairs], axis=0)
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        weights = weights - RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def first(weights: NDArray[np.float64], asked: Asked) -> float:
    """nDCG@10 as if the first passage that answers were all that is wanted."""
    features, answers = asked
    found = np.flatnonzero(answers[np.argsort(-(features @ weights), kind="stable")])
    return ndcg_at((int(found[0]) + 1 if len(found) else None,), 10)


def _differences(features: NDArray[np.float64], answers: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What each answer has more than each other candidate, shape (pairs, features)."""
    more = features[answers][:, None, :] - features[~answers][None, :, :]
    return more.reshape(-1, features.shape[1])


def _slope(pairs: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    wrong = 1 / (1 + np.exp(np.clip(STEEPNESS * (pairs @ weights), -30, 30)))
    return np.asarray(STEEPNESS * (pairs * wrong[:, None]).mean(axis=0))


if __name__ == "__main__":
    anyio.run(main)
