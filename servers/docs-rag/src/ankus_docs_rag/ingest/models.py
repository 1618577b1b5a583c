"""Models side by side: one is built while another serves, and the two change places at once."""

import contextlib

from ankus_docs_rag.ingest.embedding import Open, Tell, embed_stored, open_model
from ankus_docs_rag.store.models import ModelInfo, find_model
from ankus_docs_rag.store.writer import Writer
from ankus_shared.embed.errors import ModelMismatch


def add_model(name: str, writer: Writer, load: Open, tell: Tell) -> int:
    """Embed all documents by a model, which is then ready; how many texts. It goes on where it was left.

    Raises:
        UnknownModel: If the catalogue does not have it.
        ModelMissing: If it is not installed.
        EmbedderUnavailable: If embedding fails; what was embedded is kept.
    """
    with writer.lock_models(), contextlib.ExitStack() as stack:
        model = open_model(stack, writer, load, name)
        made = embed_stored(model, writer, tell)
        while not writer.finish_model(model.info):  # documents came in meanwhile
            made += embed_stored(model, writer, tell)
    return made


def use_model(name: str, writer: Writer) -> ModelInfo:
    """Let questions be embedded by a model from now on; the one so far stays ready.

    Raises:
        UnknownModel: If it has no vectors here.
        ModelMismatch: If some of them are missing.
    """
    with writer.lock_models():
        model = find_model(writer.models(), name)
        writer.use_model(model)
    return model


def drop_model(name: str, writer: Writer, *, force: bool = False) -> None:
    """Take a model and its vectors away.

    Args:
        force: Also the one that questions are embedded by.

    Raises:
        UnknownModel: If it has no vectors here.
        ModelMismatch: If it is live (code model_live).
    """
    with writer.lock_models():
        model = find_model(writer.models(), name)
        if model.state == "live" and not force:
            raise ModelMismatch(
                f"Questions are embedded by {name}.",
                hint="Use another model first, or add --force: until one is added, nothing can be searched.",
                code="model_live",
            )
        writer.drop_model(model)


def model_line(model: ModelInfo, missing: int) -> str:
    """Name, state, dimensions and age of a model, as `models list` shows it."""
    lack = f", {missing:,} texts have no vector yet" if missing else ""
    made = model.made.astimezone().strftime("%Y-%m-%d %H:%M")
    parts = [model.state, f"{model.dimensions} dimensions", f"made {made}", model.fingerprint[:12]]
    return f"{model.name}: {', '.join(parts)}{lack}"
