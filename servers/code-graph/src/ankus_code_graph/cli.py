"""The command `ankus-code-graph`: serve, and make, list and drop graphs."""

from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Annotated

from ankus_code_graph.errors import BadSource, UnknownGraph
from ankus_code_graph.search import embed
from ankus_code_graph.settings import IndexSettings, Settings, StoreSettings
from ankus_code_graph.store.listing import graph_line
from ankus_code_graph.store.registry import check_name
from ankus_code_graph.store.writer import Writer, open_writer
from ankus_code_graph.suspicious.cli import audit_tree
from ankus_shared.progress import Tell, conclude, shown
from ankus_shared.settings import FLAT, command_line

app = command_line(
    "ankus-code-graph",
    version=metadata.version("ankus-code-graph"),
    help="An MCP server that knows a C code base as a graph.",
)
DEFAULTS = Settings()
STORE = StoreSettings()
embed.add_command(app)


@app.default
def serve(settings: Annotated[Settings, FLAT] = DEFAULTS) -> None:
    """Serve MCP over stdio or HTTP."""
    # here: they load MCP's types, a second in which `index` is done
    from ankus_code_graph.server import build_server
    from ankus_shared.serve import run

    run(build_server(settings), settings)


@app.command(name="index")
def index_tree(path: Path, settings: Annotated[IndexSettings, FLAT]) -> None:
    """Index the C source tree PATH, or bring its graph up to date."""
    with shown(settings.progress) as tell, open_writer(settings) as writer, writer.lock(settings.name):
        _index(path, settings, writer, tell)


@app.command(name="list")
def list_graphs(settings: Annotated[StoreSettings, FLAT] = STORE) -> None:
    """List the graphs: name, source tree, commit, when it was indexed, counts."""
    with open_writer(settings) as writer:
        for graph in writer.graphs():
            print(graph_line(graph))


@app.command(name="drop")
def drop_graph(name: str, settings: Annotated[StoreSettings, FLAT] = STORE) -> None:
    """Remove the graph NAME; the source tree stays as it is."""
    with open_writer(settings) as writer:
        if not writer.drop(name):
            known = ", ".join(graph.name for graph in writer.graphs())
            raise UnknownGraph(f"There is no graph {name}.", hint=f"There is: {known or 'none'}.")
    print(f"Dropped {name}.")


app.command(name="audit")(audit_tree)


def _index(path: Path, settings: IndexSettings, writer: Writer, tell: Tell) -> None:
    root = _tree(path, settings.name, writer)
    # here: it loads the parser, which the other commands do not need
    from ankus_code_graph.index import indexer

    options = indexer.Options(jobs=settings.jobs, include=settings.include, exclude=settings.exclude)
    report = indexer.index(root, settings.name, writer, options, tell)
    conclude(settings.progress, str(report), asdict(report))
    if settings.watch:
        from ankus_code_graph.index import watch

        watch.watch(root, settings.name, writer, options, lambda change: print(change, flush=True))


def _tree(path: Path, name: str, writer: Writer) -> Path:
    """The folder to index.

    Raises:
        BadGraphName: If no graph can have that name.
        BadSource: If it is no folder, or the graph of that name is of another tree.
    """
    check_name(name)
    root = path.expanduser().resolve()
    if not root.is_dir():
        raise BadSource(f"{path} is no folder.", hint="Give the folder of a C source tree.")
    known = writer.graph(name)
    if known is not None and known.root != root:
        raise BadSource(
            f"The graph {name} is of {known.root}.",
            hint=f"Choose another name, or first: ankus-code-graph drop {name}",
            code="other_tree",
        )
    return root
