"""Which models have vectors here, and what is asked of one of them before its vectors are used.

building -> ready -> live     a model is built beside the live one, and the two change places at once
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from ankus_docs_rag.errors import UnknownModel
from ankus_docs_rag.lexical.bm25 import TOKEN_DIMENSIONS
from ankus_docs_rag.named import named
from ankus_docs_rag.store.connect import grant_reading
from ankus_shared.embed.embedder import ModelIdentity
from ankus_shared.embed.errors import ModelChanged, ModelMismatch

ALL: LiteralString = "SELECT id, fingerprint, identity, dimensions, state, made FROM model ORDER BY id"


@dataclass(frozen=True)
class ModelInfo:
    """One model of the database."""

    id: int
    fingerprint: str
    identity: dict[str, Any]
    """As `ModelIdentity`."""
    dimensions: int
    state: str
    """building, ready or live."""
    made: datetime

    @property
    def name(self) -> str:
        """Key of the catalogue."""
        return str(self.identity["name"])

    @property
    def table(self) -> sql.Identifier:
        """Its vectors."""
        return sql.Identifier(f"vector_{self.id}")


def all_models(connection: Connection[Any]) -> list[ModelInfo]:
    """All models, in the order in which they were added."""
    return [ModelInfo(*row) for row in connection.execute(ALL)]


def find_model(models: Iterable[ModelInfo], name: str) -> ModelInfo:
    """The model of that name.

    Raises:
        UnknownModel: If it has no vectors here.
    """
    known = {model.name: model for model in models}
    if name not in known:
        raise UnknownModel(
            f"The model {name[:80]!r} has no vectors here.",
            hint=f"There is: {', '.join(known) or 'none'}. Make them with: ankus-docs-rag models add {name}",
        )
    return known[name]


def check_identity(model: ModelInfo, identity: ModelIdentity) -> None:
    """Refuse vectors of a model that is not the one recorded under its name.

    Raises:
        ModelMismatch: If it has other dimensions.
        ModelChanged: If anything else differs, such as the hash of its weights.
    """
    again = f"ankus-docs-rag models drop {model.name} --force, then: ankus-docs-rag models add {model.name}"
    if identity.dimensions != model.dimensions:
        raise ModelMismatch(
            f"{model.name} has {identity.dimensions} dimensions now, and {model.dimensions} here.",
            hint=f"Use the model that made them, or make them anew: {again}",
        )
    if identity.fingerprint != model.fingerprint:
        now = asdict(identity)
        parts = [part for part in now if now[part] != model.identity.get(part)]
        raise ModelChanged(
            f"{model.name} is not what made its vectors: its {' and '.join(parts)} changed.",
            hint=f"Bring the old one back, or make all vectors anew: {again}",
        )


def ensure_model(connection: Connection[Any], identity: ModelIdentity, reader: str | None) -> ModelInfo:
    """The model's row and its table of vectors, made in the state building if they are not there.

    Raises:
        ModelMismatch, ModelChanged: See `check_identity`.
    """
    for model in all_models(connection):
        if model.name == identity.name:
            check_identity(model, identity)
            return model
    with connection.transaction():
        row = connection.execute(
            "INSERT INTO model (fingerprint, identity, dimensions, state) VALUES (%s, %s, %s, 'building')"
            " RETURNING id, fingerprint, identity, dimensions, state, made",
            [identity.fingerprint, Jsonb(asdict(identity)), identity.dimensions],
        ).fetchone()
        assert row is not None
        model = ModelInfo(*row)
        sizes = {"dimensions": sql.Literal(model.dimensions), "tokens": sql.Literal(TOKEN_DIMENSIONS)}
        connection.execute(named("store/vectors", table=model.table, **sizes))
        if reader is not None:
            grant_reading(connection, reader)
    return model


def make_live(connection: Connection[Any], model: ModelInfo) -> None:
    """Let questions be embedded by this model, and the one so far be ready; within a transaction."""
    connection.execute("UPDATE model SET state = 'ready' WHERE state = 'live' AND id <> %s", [model.id])
    connection.execute("UPDATE model SET state = 'live' WHERE id = %s", [model.id])


def remove_model(connection: Connection[Any], model: ModelInfo) -> None:
    """Take a model and its vectors away."""
    with connection.transaction():
        connection.execute("DELETE FROM model WHERE id = %s", [model.id])
        connection.execute(sql.SQL("DROP TABLE {}").format(model.table))
