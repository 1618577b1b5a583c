"""Other words for a question: those of the documents' language, and the documents' words for everyday ones.

A Russian question over English text shares no word with it. A lexicon gives each of its terms the English
ones that it may stand for, and a word-by-word translation for the tokens; what is Latin stays as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ankus_docs_rag.lexical.lexicon import Lexicon, expand, shipped_lexicon, translate, understood
from ankus_docs_rag.lexical.words import is_cyrillic, terms_of
from ankus_docs_rag.read.language import language_of
from ankus_docs_rag.search.config import Lexicon as LexiconConfig
from ankus_docs_rag.search.phrasing import Phrasing, phrased
from ankus_shared.embed.embedder import Embedder, Vectors, Weights

TRANSLATED = 1.0
"""How much the vector of a translation counts beside that of a question in a language that no passage has."""
REWORDED = 0.6
"""How much the vector of a question with the documents' words for its everyday ones counts beside its own."""
Tokenize = Callable[[Sequence[str]], list[list[int]]]
"""Texts -> ids of their tokens in the XLM-R vocabulary."""


@dataclass(frozen=True)
class Rewording:
    """The lexicons of a search, and the tokenizer of its token arm."""

    config: LexiconConfig
    tokenize: Tokenize
    to_english: Lexicon
    to_russian: Lexicon
    everyday: Lexicon

    def phrasings(self, texts: Sequence[str], languages: Sequence[str], embedder: Embedder) -> list[Phrasing]:
        """Each phrasing ready for the arms.

        Args:
            languages: Those of the passages that are searched.
        """
        vectors = self._vectors(texts, languages, embedder)
        extra = [self._extra(text, languages) for text in texts]
        tokens: Sequence[Sequence[int] | Weights] | None = embedder.lexical_queries(texts)
        if tokens is None:
            tokens = self.tokenize([self._both(text, languages) for text in texts])
        return [
            phrased(text, more, ids, vector, self._trust(text, languages))
            for text, more, ids, vector in zip(texts, extra, tokens, vectors, strict=True)
        ]

    def _vectors(self, texts: Sequence[str], languages: Sequence[str], embedder: Embedder) -> Vectors:
        """A vector for each text, moved towards the same in the words of the passages."""
        vectors = embedder.embed_queries(texts).copy()
        nearer = {place: self._nearer(text, languages) for place, text in enumerate(texts)}
        wanted = {place: rewording for place, rewording in nearer.items() if rewording is not None}
        if not wanted:
            return vectors
        others = embedder.embed_queries([text for text, _ in wanted.values()])
        for (place, (_, share)), other in zip(wanted.items(), others, strict=True):
            moved = vectors[place] + share * other
            vectors[place] = moved / np.linalg.norm(moved)
        return vectors

    def _nearer(self, text: str, languages: Sequence[str]) -> tuple[str, float] | None:
        """A text in the words of the passages, and how much of it counts beside the text itself."""
        lexicon = self._foreign(text, languages)
        if lexicon and self.config.foreign and language_of(text) not in languages:
            translated, share = translate(text, lexicon), TRANSLATED * understood(text, lexicon) ** 2
            return (translated, share) if translated else None
        if lexicon is None and self.config.everyday and "en" in languages:
            terms = terms_of(text)
            found = expand(terms, self.everyday.meanings)
            words = [self.everyday.wordings.get(term, term) for term in found if term not in terms]
            return (f"{text} {' '.join(words)}", REWORDED) if words else None
        return None

    def _trust(self, text: str, languages: Sequence[str]) -> dict[str, float]:
        """How far the words that are looked for stand for the text, in each language that is not its own."""
        lexicon = self._foreign(text, languages)
        if lexicon is None:
            return {}
        own = language_of(text)
        known = understood(text, lexicon) ** 2 if self.config.foreign else 0.0
        return {language: known for language in languages if language not in (own, "")}

    def _extra(self, text: str, languages: Sequence[str]) -> dict[str, float]:
        """Further terms for the analysed words of a text, with their weights."""
        terms = terms_of(text)
        extra: dict[str, float] = {}
        if self.config.foreign and (lexicon := self._foreign(text, languages)):
            extra |= expand(terms, lexicon.meanings, weight=self.config.foreign)
        if self.config.everyday and "en" in languages:
            english = [*terms, *(term for term in extra if not is_cyrillic(term))]
            for term, weight in expand(english, self.everyday.meanings, weight=self.config.everyday).items():
                if term not in english:
                    extra[term] = max(extra.get(term, 0.0), weight)
        own = set(terms)
        return {term: weight for term, weight in extra.items() if term not in own}

    def _both(self, text: str, languages: Sequence[str]) -> str:
        """A text with its translation behind it, where the passages are in another language."""
        lexicon = self._foreign(text, languages) if self.config.foreign else None
        return f"{text} {translate(text, lexicon)}" if lexicon else text

    def _foreign(self, text: str, languages: Sequence[str]) -> Lexicon | None:
        """The lexicon into the other language, where a text is in one and passages are in the other."""
        russian = is_cyrillic(text)
        if russian and ("en" in languages or "" in languages):
            return self.to_english
        return self.to_russian if not russian and "ru" in languages else None


def rewording_of(config: LexiconConfig, tokenize: Tokenize) -> Rewording:
    """The lexicons that come with the package."""
    return Rewording(
        config,
        tokenize,
        shipped_lexicon("ru", "en"),
        shipped_lexicon("en", "ru"),
        shipped_lexicon("en", "en"),
    )
