"""list_sources: what can be searched, how fresh it is, and what filters can take."""

from ankus_docs_rag.store.docs import FIRST, Docs
from ankus_docs_rag.store.models import ALL, ModelInfo
from ankus_docs_rag.store.sources import SourceInfo
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame


async def list_sources(docs: Docs) -> Answer:
    """One line a source, and the models."""
    found = await docs.list()
    if not found:
        return Answer(f"There is no source yet. {FIRST}", {"sources": [], "models": []})
    async with docs.reading() as connection:
        models = [ModelInfo(*row) for row in await (await connection.execute(ALL)).fetchall()]
    used = "; ".join(f"{model.name} ({model.state})" for model in models)
    text = f"{frame(chr(10).join(map(source_line, found)), 'sources')}\nModels: {used}."
    return Answer(text, {"sources": [_structured(source) for source in found], "models": _states(models)})


def source_line(source: SourceInfo) -> str:
    """All of a source in a line, as `list_sources` and the command `list` show it."""
    when = source.ingested.astimezone().strftime("%Y-%m-%d %H:%M")
    parts = [
        f"version {source.version}" if source.version else "",
        f"{source.pages:,} pages",
        f"{source.passages:,} passages",
        f"language {', '.join(source.languages) or 'unknown'}",
        f"kind {', '.join(source.kinds)}" if source.kinds else "",
        f"tags {', '.join(source.tags)}" if source.tags else "",
        f"snapshot {source.snapshot} of {when}",
        f"from {source.origin}",
    ]
    return f"{source.name}: {'; '.join(filter(None, parts))}"


def _structured(source: SourceInfo) -> dict[str, object]:
    return {
        "name": source.name,
        "version": source.version,
        "languages": list(source.languages),
        "kinds": list(source.kinds),
        "pages": source.pages,
        "passages": source.passages,
        "snapshot": source.snapshot,
    }


def _states(models: list[ModelInfo]) -> list[dict[str, str]]:
    return [{"name": model.name, "state": model.state} for model in models]
