"""list_graphs: which graphs there are, and how fresh each is."""

from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.store.registry import GraphInfo
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame

NONE = "There is no graph yet. Make one with index_repository."


async def list_graphs(graphs: Graphs) -> Answer:
    """One line a graph."""
    found = await graphs.list()
    names = [graph.name for graph in found]
    text = frame("\n".join(map(graph_line, found)), "graphs") if found else NONE
    return Answer(text, {"graphs": names})


def graph_line(graph: GraphInfo) -> str:
    """Name, tree, commit, age and counts of a graph, as `list_graphs` and the command `list` show it."""
    gone = "" if graph.root.is_dir() else " (not there now: no source text, no new index)"
    revision = f" at {graph.revision[:12]}" if graph.revision else ""
    when = graph.indexed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    numbers = [
        f"{value} {key.replace('_', ' ')}" for key, value in graph.statistics.items() if _is_count(value)
    ]
    return f"{graph.name}: {graph.root}{gone}{revision}, indexed {when}; {', '.join(numbers) or 'no counts'}"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
