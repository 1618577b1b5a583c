"""The tools for sources as a whole: ingest_source makes one, list_sources shows which there are."""

from typing import Annotated, Literal

from pydantic import Field

from ankus_docs_rag.embed.settings import EmbedSettings
from ankus_docs_rag.ingest.given import Given, origin_of
from ankus_docs_rag.model import PageKind
from ankus_docs_rag.search.desk import Desk
from ankus_docs_rag.settings import Settings, StoreSettings
from ankus_docs_rag.store import listing
from ankus_docs_rag.store.sources import check_name
from ankus_docs_rag.toolset import DocsContext, Toolset
from ankus_shared.answers import Answer
from ankus_shared.job import Outcome, Report, run_job
from ankus_shared.settings import variables_of
from ankus_shared.tools import IDEMPOTENT_WRITE

Patterns = Annotated[
    tuple[str, ...], Field(description="Patterns of paths below path, such as html/*", max_length=50)
]
Word = Annotated[str, Field(max_length=100)]


def add_tools(toolset: Toolset) -> None:
    """Register them."""
    settings = toolset.settings

    @toolset.tool()
    async def list_sources(desk: Desk) -> Answer:
        """List what can be searched: sources with version, languages, kinds, counts, age; and models."""
        return await listing.list_sources(desk.docs)

    @toolset.tool(IDEMPOTENT_WRITE)
    async def ingest_source(
        desk: Desk,
        context: DocsContext,
        source: Annotated[str, Field(description="Name: a-z, 0-9, _, . and -, such as pg15", max_length=63)],
        path: Annotated[str, Field(description="Folder or file; or give url or text")] = "",
        url: Annotated[str, Field(description="Page or sitemap on the web; all of its pages are read")] = "",
        text: Annotated[str, Field(description="A document itself, as Markdown; added to the source")] = "",
        title: Annotated[str, Field(description="Of text; the same title replaces it", max_length=200)] = "",
        version: Annotated[str, Field(description="Of what is documented, such as 15", max_length=50)] = "",
        language: Annotated[Literal["", "en", "ru"], Field(description="Default: by each page")] = "",
        base_url: Annotated[str, Field(description="Address of path, for citations", max_length=1000)] = "",
        tags: Annotated[tuple[Word, ...], Field(description="To filter by", max_length=20)] = (),
        author: Annotated[str, Field(description="Default: by each page", max_length=200)] = "",
        kind: Annotated[PageKind | Literal[""], Field(description="Default: by each page's form")] = "",
        include: Patterns = (),
        exclude: Patterns = (),
    ) -> Answer:
        """Ingest documents as a source, or bring it up to date: what is gone there goes. Minutes if new."""
        check_name(source)
        given = Given(path, url, text, title)
        said = {"version": version, "language": language, "author": author, "kind": kind}
        options = [f"--{name}={value}" for name, value in said.items() if value]
        options += [f"--tags={','.join(tags)}"] if tags else []
        options += [f"--include={pattern}" for pattern in include]
        options += [f"--exclude={pattern}" for pattern in exclude]
        with origin_of(given, source, base_url, settings.source_root) as arguments:
            command = [*arguments, f"--source={source}", *options]
            outcome = await _run(command, settings, context.report_progress)
        return Answer(outcome.text, {"source": source, **outcome.structured})


async def _run(arguments: list[str], settings: Settings, report: Report) -> Outcome:
    variables = variables_of(settings, StoreSettings) | variables_of(settings, EmbedSettings)
    return await run_job("ankus_docs_rag", ["ingest", *arguments, "--progress=lines"], variables, report)
