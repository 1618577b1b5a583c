"""The command `ankus-docs-rag`: serve; ingest, list and drop sources; manage models; evaluate."""

import contextlib
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Annotated

from cyclopts import App, Parameter

from ankus_docs_rag.embed.settings import EmbedSettings
from ankus_docs_rag.errors import UnknownSource
from ankus_docs_rag.evaluate.cli import add_commands
from ankus_docs_rag.settings import IngestSettings, Settings, StoreSettings, WriteSettings
from ankus_docs_rag.store.digest import Tokenizer
from ankus_docs_rag.store.writer import Writer, open_writer
from ankus_shared.progress import conclude, shown
from ankus_shared.settings import FLAT, INTERRUPTED, command_line

app = command_line(
    "ankus-docs-rag",
    version=metadata.version("ankus-docs-rag"),
    help="An MCP server that finds the right passage of a documentation, with a citation.",
)
models = App(name="models", help="The models that make vectors, side by side.", help_format="plaintext")
app.command(models)
add_commands(app)
DEFAULTS = Settings()
STORE = StoreSettings()
WRITE = WriteSettings()


@app.default
def serve(settings: Annotated[Settings, FLAT] = DEFAULTS) -> None:
    """Serve MCP over stdio or HTTP."""
    # here: they load MCP's types, a second in which `ingest` is done
    from ankus_docs_rag.server import build_server
    from ankus_shared.serve import run

    run(build_server(settings), settings)


@app.command(name="ingest")
def ingest_source(origin: str, settings: Annotated[IngestSettings, FLAT]) -> int:
    """Make a source of ORIGIN, or bring it up to date: a folder, a file, a page's or a sitemap's URL."""
    from ankus_docs_rag.ingest.command import run_ingest

    with _resumable(), shown(settings.progress) as tell:
        report = run_ingest(origin, settings, tell)
        conclude(settings.progress, str(report), report.structured())
        return 0
    return INTERRUPTED


@app.command(name="list")
def list_sources(settings: Annotated[StoreSettings, FLAT] = STORE) -> None:
    """List the sources: version, pages, passages, languages, kinds, and when each was ingested."""
    from ankus_docs_rag.store.listing import source_line

    with _writer(settings) as writer:
        for source in writer.sources():
            print(source_line(source))


@app.command(name="drop")
def drop_source(name: str, settings: Annotated[WriteSettings, FLAT] = WRITE) -> None:
    """Remove the source NAME from the index; its files stay as they are."""
    with _writer(settings) as writer:
        if not writer.drop(name):
            known = ", ".join(source.name for source in writer.sources())
            raise UnknownSource(f"There is no source {name}.", hint=f"There is: {known or 'none'}.")
        writer.tidy(settings.index_from)
    print(f"Dropped {name}.")


@models.command(name="list")
def list_models(settings: Annotated[StoreSettings, FLAT] = STORE) -> None:
    """List the models that have vectors: state, dimensions, what is missing."""
    from ankus_docs_rag.ingest.models import model_line

    with _writer(settings) as writer:
        for model in writer.models():
            print(model_line(model, writer.missing(model)))


@models.command(name="add")
def add_model(name: str, settings: Annotated[WriteSettings, FLAT] = WRITE) -> int:
    """Embed all documents by the model NAME while the live one serves."""
    from ankus_docs_rag.ingest.loading import loader
    from ankus_docs_rag.ingest.models import add_model

    with _resumable(), shown(settings.progress) as tell, _writer(settings) as writer:
        made = add_model(name, writer, loader(settings), tell)
        writer.tidy(settings.index_from)
        print(f"{name} is ready: {made:,} texts embedded.")
        return 0
    return INTERRUPTED


@models.command(name="use")
def use_model(name: str, settings: Annotated[StoreSettings, FLAT] = STORE) -> None:
    """Embed questions by the model NAME from now on; the one so far stays ready."""
    from ankus_docs_rag.ingest.models import use_model

    with _writer(settings) as writer:
        use_model(name, writer)
    print(f"Questions are embedded by {name}.")


@models.command(name="drop")
def drop_model(
    name: str,
    *,
    force: Annotated[bool, Parameter(negative=())] = False,
    settings: Annotated[StoreSettings, FLAT] = STORE,
) -> None:
    """Remove the model NAME and its vectors.

    Args:
        force: Also the one that questions are embedded by.
    """
    from ankus_docs_rag.ingest.models import drop_model

    with _writer(settings) as writer:
        drop_model(name, writer, force=force)
    print(f"Dropped {name}.")


@contextlib.contextmanager
def _writer(settings: StoreSettings) -> Iterator[Writer]:
    def load_tokenizer() -> Tokenizer:
        # here: it loads the vocabulary's library, which most commands do not need
        from ankus_docs_rag.ingest.loading import Vocabulary

        return Vocabulary(EmbedSettings())()

    with open_writer(settings, load_tokenizer) as writer:
        yield writer


@contextlib.contextmanager
def _resumable() -> Iterator[None]:
    """End at Ctrl-C with a word on what is kept."""
    try:
        yield
    except KeyboardInterrupt:
        line = "ankus-docs-rag: interrupted; the documents are as they were, the same command goes on."
        print(line, file=sys.stderr)
