"""One phrasing of a question, ready for each arm: its words with their weights, its tokens, its vector."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ankus_docs_rag.lexical.bm25 import idf
from ankus_docs_rag.lexical.identifiers import asked_identifiers
from ankus_docs_rag.lexical.words import term_id, terms_of
from ankus_shared.embed.embedder import Vectors, Weights


@dataclass(frozen=True)
class Phrasing:
    """What is looked for."""

    text: str
    words: Mapping[str, float]
    """Term of the analyser -> how much of it is asked, those of the lexicon included."""
    tokens: Mapping[int, float]
    """Token id -> how often, or a model's lexical weight."""
    weighted: bool
    """Whether `tokens` are a model's weights, which no idf is to change."""
    identifiers: tuple[str, ...]
    vector: Vectors = field(repr=False)
    """Shape (dimensions,)."""
    own: frozenset[str] = frozenset()
    """The terms that stand in the phrasing itself."""
    trust: Mapping[str, float] = field(default_factory=dict)
    """By language of passages, how far the words stand for the question there, 0 to 1; 1 if left out."""


@dataclass(frozen=True)
class Weighed:
    """The words of a phrasing by what they tell in the sources that are searched."""

    idf: Mapping[str, float]
    """Of each term that some passage has."""
    lost: float
    """The share of the phrasing's own idf in terms that no passage has, from 0 to 1."""

    @property
    def ids(self) -> dict[int, str]:
        """The terms by their ids."""
        return {term_id(term): term for term in self.idf}


def phrased(
    text: str,
    extra: Mapping[str, float],
    tokens: Sequence[int] | Weights,
    vector: Vectors,
    trust: Mapping[str, float],
) -> Phrasing:
    """Analyse a phrasing.

    Args:
        extra: Further terms with their weights, from a lexicon.
        tokens: Ids of its tokens, or a model's lexical weights.
        trust: By language, how far a lexicon knew the words of the text.
    """
    own = Counter(terms_of(text))
    words = {term: float(many) for term, many in own.items()}
    for term, weight in extra.items():
        words[term] = max(words.get(term, 0.0), weight)
    weighted = isinstance(tokens, Mapping)
    counts = dict(tokens) if isinstance(tokens, Mapping) else dict(Counter(tokens))
    return Phrasing(
        text=text,
        words=words,
        tokens={token: float(many) for token, many in counts.items()},
        weighted=weighted,
        identifiers=tuple(asked_identifiers(text)),
        vector=vector,
        own=frozenset(own),
        trust=trust,
    )


def weigh(phrasing: Phrasing, frequency: Mapping[int, int], passages: int) -> Weighed:
    """The idf of each word, times how much of it is asked.

    Args:
        frequency: Passages that have a term, by its id.
        passages: How many there are in all.
    """
    found = {term: frequency.get(term_id(term), 0) for term in phrasing.words}
    telling = {term: idf(many, passages) * phrasing.words[term] for term, many in found.items() if many}
    own = {term: idf(found[term], passages) for term in phrasing.own}
    total = sum(own.values())
    lost = sum(value for term, value in own.items() if not found[term])
    return Weighed(telling, lost / total if total else 0.0)
