"""The tools that search and read."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from ankus_docs_rag.read.visible import clean
from ankus_docs_rag.search import citations, documents
from ankus_docs_rag.search.desk import Desk
from ankus_docs_rag.search.explained import explain
from ankus_docs_rag.search.passages import Context
from ankus_docs_rag.search.request import MOST_PHRASINGS, Filters, request_of
from ankus_docs_rag.toolset import Toolset
from ankus_shared.answers import Answer

Text = Annotated[str, AfterValidator(clean)]
"""Without what PostgreSQL does not hold: NUL, halves of characters."""
Question = Annotated[Text, Field(description="The question, in Russian or English", max_length=100_000)]
Phrasings = Annotated[
    list[Text],
    Field(
        description="Other ways to ask the same, also in the other language; each makes the search wider",
        max_length=MOST_PHRASINGS - 1,
    ),
]
Names = Annotated[list[Text], Field(max_length=20)]
Source = Annotated[Names, Field(description="Only these sources; see list_sources")]
Version = Annotated[Names, Field(description="Only these versions, such as 15")]
Language = Annotated[Names, Field(description="Only these languages, such as en, ru")]
Kind = Annotated[Names, Field(description="Only these kinds of page, such as reference, release_notes")]
Author = Annotated[Names, Field(description="Only these authors")]
Tags = Annotated[Names, Field(description="Only with all of these tags")]
Day = Annotated[date | None, Field(description="A day, such as 2024-05-31")]


def add_tools(toolset: Toolset) -> None:
    """Register them."""
    _add_search(toolset)
    _add_reading(toolset)
    _add_explaining(toolset)


def _add_search(toolset: Toolset) -> None:
    @toolset.tool()
    async def search_docs(
        desk: Desk,
        question: Question,
        phrasings: Phrasings = [],  # noqa: B006 (never changed; the schema's default)
        source: Source = [],  # noqa: B006
        version: Version = [],  # noqa: B006
        language: Language = [],  # noqa: B006
        kind: Kind = [],  # noqa: B006
        author: Author = [],  # noqa: B006
        tags: Tags = [],  # noqa: B006
        since: Day = None,
        until: Day = None,
        context: Annotated[Context, Field(description="How much around each passage")] = "passage",
        limit: Annotated[int, Field(description="Passages", ge=1, le=50)] = 8,
        offset: Annotated[int, Field(description="Passages to skip", ge=0, le=200)] = 0,
    ) -> Answer:
        """Find the passages of the documents that answer a question: numbered, with URL and text to cite."""
        filters = _filters(source, version, language, kind, author, tags, since, until)
        request = request_of(question, tuple(phrasings), filters, limit, offset)
        return await desk.search(request, context)


def _add_reading(toolset: Toolset) -> None:
    @toolset.tool()
    async def read_document(
        desk: Desk,
        document: Annotated[
            Text, Field(description="URL of a hit, with its #anchor or without, or path", max_length=2000)
        ],
        section: Annotated[Text, Field(description="Anchor or title; empty for all", max_length=400)] = "",
        offset: Annotated[int, Field(description="Characters to skip", ge=0)] = 0,
        max_chars: Annotated[int, Field(description="Characters to read", ge=200, le=50_000)] = 8000,
    ) -> Answer:
        """Read a page or a section of it, with the outline of what is inside."""
        async with desk.docs.reading() as connection:
            return await documents.read_document(connection, document, section, offset, max_chars)

    @toolset.tool()
    async def check_citation(
        desk: Desk,
        quote: Annotated[Text, Field(description="What is quoted, verbatim", max_length=5000)],
        document: Annotated[
            Text, Field(description="URL or path it is quoted from; empty for any", max_length=2000)
        ] = "",
    ) -> Answer:
        """Tell whether a quote stands in the documents, word for word, and where; or what stands there."""
        async with desk.docs.reading() as connection:
            return await citations.check_citation(connection, quote, document)


def _add_explaining(toolset: Toolset) -> None:
    @toolset.tool()
    async def explain_search(
        desk: Desk,
        question: Question,
        document: Annotated[
            Text, Field(description="URL with #anchor, or path, to explain the rank of; empty for the first")
        ] = "",
        phrasings: Phrasings = [],  # noqa: B006
        source: Source = [],  # noqa: B006
        version: Version = [],  # noqa: B006
        language: Language = [],  # noqa: B006
        limit: Annotated[int, Field(description="Hits to explain", ge=1, le=20)] = 5,
    ) -> Answer:
        """Explain why passages have their rank: each arm's rank and score, the words, the features."""
        filters = _filters(source, version, language)
        return await explain(desk, request_of(question, tuple(phrasings), filters, limit), document)


def _filters(
    source: Sequence[str] = (),
    version: Sequence[str] = (),
    language: Sequence[str] = (),
    kind: Sequence[str] = (),
    author: Sequence[str] = (),
    tags: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
) -> Filters:
    return Filters(
        tuple(source), tuple(version), tuple(language), tuple(kind), tuple(author), tuple(tags), since, until
    )
