"""What a question asks for by name and the documents do not have: an honest sign that there is no answer.

A threshold on scores cannot tell: the best score of a question without an answer is like that of any other.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ankus_docs_rag.lexical.identifiers import asked_identifiers, asked_phrases, asked_words, spellings_of
from ankus_docs_rag.lexical.words import term_id, terms_of
from ankus_docs_rag.named import named
from ankus_docs_rag.search.corpus import Corpus, Source
from ankus_shared.postgres import Connection


@dataclass(frozen=True)
class Missing:
    """A name that none of the searched passages has."""

    name: str
    elsewhere: tuple[Source, ...] = ()
    """Sources that were not searched and have it."""

    def __str__(self) -> str:
        """In a sentence."""
        if not self.elsewhere:
            return f"The documents searched do not have '{self.name}'."
        places = ", ".join(_place(source) for source in self.elsewhere)
        return f"The documents searched do not have '{self.name}'; it is in {places}."


async def find_missing(
    connection: Connection, corpus: Corpus, searched: Sequence[int], question: str
) -> list[Missing]:
    """The names of the question that the searched sources do not have."""
    names = list(dict.fromkeys(asked_identifiers(question)))
    having = await _having(connection, names)
    sources = {source.id: source for source in corpus.sources}
    missing = [
        Missing(name, tuple(sources[number] for number in sorted(having[name]) if number in sources))
        for name in names
        if not having[name] & set(searched)
    ]
    for phrase in dict.fromkeys([*asked_phrases(question), *asked_words(question)]):
        if any(phrase in one.name.split() for one in missing):
            continue
        found = await _with_phrase(connection, phrase)
        if not found & set(searched):
            elsewhere = tuple(sources[number] for number in sorted(found) if number in sources)
            missing.append(Missing(phrase, elsewhere))
    return missing


async def _having(connection: Connection, names: Iterable[str]) -> dict[str, set[int]]:
    """The sources that have each name, in whatever case."""
    wanted = {spelling: name for name in names for spelling in spellings_of(name)}
    having: dict[str, set[int]] = defaultdict(set)
    if wanted:
        cursor = await connection.execute(named("search/identifiers"), {"names": list(wanted)})
        for source, name in await cursor.fetchall():
            having[wanted[name]].add(source)
    return having


async def _with_phrase(connection: Connection, phrase: str) -> set[int]:
    """The sources that have the words of a phrase side by side."""
    given = {
        "terms": sorted({term_id(term) for term in terms_of(phrase)}),
        "pattern": r"\m" + r"\s+".join(map(re.escape, phrase.split())) + r"\M",
    }
    cursor = await connection.execute(named("search/phrase"), given)
    return {source for (source,) in await cursor.fetchall()}


def _place(source: Source) -> str:
    return f"{source.name} (version {source.version})" if source.version else source.name
