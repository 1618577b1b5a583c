"""The writer of documents: one process at a time a source, and one transaction a change.

    with open_writer(settings) as writer, writer.lock("pg15"):
        known = writer.pages("pg15")
        writer.begin("pg15")
        …  # vectors of new texts are kept one batch after the other
        writer.apply(changes, models, tell)

Whatever ends the process before `apply` returns leaves the documents as they were, and the vectors too.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import Connection, sql

from ankus_docs_rag.errors import IngestBusy, NotWritable
from ankus_docs_rag.named import named
from ankus_docs_rag.settings import StoreSettings
from ankus_docs_rag.store import models, sources, statistics
from ankus_docs_rag.store.apply import Applied, Tell, apply_changes
from ankus_docs_rag.store.changes import Changes, SourceRow
from ankus_docs_rag.store.connect import STORE, grant_reading, search_path
from ankus_docs_rag.store.digest import Tokenizer
from ankus_docs_rag.store.models import ModelInfo
from ankus_docs_rag.store.rewrite import rewrite_tokens, rewrite_words
from ankus_docs_rag.store.sources import SourceInfo
from ankus_docs_rag.store.vectors import VectorTable, count_missing
from ankus_shared.embed.embedder import ModelIdentity
from ankus_shared.embed.errors import ModelMismatch
from ankus_shared.errors import DependencyError
from ankus_shared.postgres import DatabaseUnavailable

_SOURCE_LOCK = 0x646F6373  # "docs"
_MODEL_LOCK = 0x6D6F6465  # "mode"


@contextlib.contextmanager
def open_writer(settings: StoreSettings, tokenizer: Callable[[], Tokenizer]) -> Iterator["Writer"]:
    """Open the store to write; what is missing in the database is made.

    Args:
        tokenizer: Loads the vocabulary, where weights have to be made anew.

    Raises:
        DatabaseUnavailable: In one line, if it is down or refuses the login.
        NoVectors: If it has no pgvector, or one that is too old.
        NotWritable: If its role may not make or change documents.
        DependencyError: If its disk gets full (code disk_full).
    """
    with STORE.writing(settings) as (connection, reader):
        connection.execute(sql.SQL("SET search_path = {}").format(search_path(connection)))
        if reader is not None:
            grant_reading(connection, reader)
        with _told(connection):
            yield Writer(connection, reader, tokenizer)


class Writer:
    """Writes documents.

    Args:
        connection: In autocommit mode, prepared.
        reader: Role that is let read; None where the writer itself reads.
    """

    def __init__(
        self, connection: Connection[Any], reader: str | None, tokenizer: Callable[[], Tokenizer]
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._tokenizer = tokenizer

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Be the only one who changes that source, or makes it.

        Raises:
            BadSource: If no source can have that name.
            IngestBusy: At once, if another process has it.
        """
        sources.check_name(name)
        with self._alone(_SOURCE_LOCK, name, f"The source {name} is being ingested by another process."):
            yield

    @contextlib.contextmanager
    def lock_models(self) -> Iterator[None]:
        """Be the only one who adds, drops or changes models.

        Raises:
            IngestBusy: At once, if another process does.
        """
        with self._alone(_MODEL_LOCK, "", "The models are being changed by another process."):
            yield

    def sources(self) -> list[SourceInfo]:
        """All sources, by name."""
        return sources.all_sources(self._connection)

    def source(self, name: str) -> SourceRow | None:
        """What is known of a source, or None."""
        query = "SELECT name, version, language, tags, origin, chunker FROM source WHERE name = %s"
        row = self._connection.execute(query, [name]).fetchone()
        if row is None:
            return None
        name, version, language, tags, origin, chunker = row
        return SourceRow(name, version, language, tuple(tags), origin, chunker)

    def files(self, name: str) -> dict[str, bytes]:
        """Hashes of what a source was read from, by path."""
        query = "SELECT f.path, f.hash FROM file f JOIN source s ON s.id = f.source_id WHERE s.name = %s"
        return {path: bytes(digest) for path, digest in self._connection.execute(query, [name])}

    def pages(self, name: str) -> dict[str, tuple[str, bytes]]:
        """(file, hash) of each page of a source, by path."""
        query = (
            "SELECT p.path, p.file, p.hash FROM page p JOIN source s ON s.id = p.source_id WHERE s.name = %s"
        )
        rows = self._connection.execute(query, [name])
        return {path: (file, bytes(digest)) for path, file, digest in rows}

    def begin(self, name: str) -> None:
        """Say that an ingest is under way, so that nobody throws its vectors away."""
        query = "INSERT INTO unfinished (source) VALUES (%s) ON CONFLICT (source) DO UPDATE SET since = now()"
        self._connection.execute(query, [name])

    def apply(self, changes: Changes, used: Sequence[ModelInfo], tell: Tell) -> Applied:
        """Make the changes in one transaction.

        Args:
            used: The models that all new texts have vectors of; the first one becomes live if none is.

        Raises:
            ModelMismatch: If the models changed meanwhile (code models_changed).
        """
        with self._connection.transaction():
            # one change at a time: mean lengths and models are everybody's
            self._connection.execute("LOCK TABLE model IN SHARE ROW EXCLUSIVE MODE")
            live = self._live(used)
            applied = apply_changes(self._connection, changes, self._own_weights(live), tell)
            self._follow_lengths(live)
            self._connection.execute("DELETE FROM unfinished WHERE source = %s", [changes.source.name])
        return applied

    def drop(self, name: str) -> bool:
        """Remove a source, and what a broken-off ingest of it left; whether there was one.

        Raises:
            IngestBusy: If it is being ingested.
        """
        with self.lock(name), self._connection.transaction():
            self._connection.execute("DELETE FROM unfinished WHERE source = %s", [name])
            return self._connection.execute("DELETE FROM source WHERE name = %s", [name]).rowcount > 0

    def tidy(self, index_from: int) -> None:
        """Throw away vectors that nobody refers to, unless an ingest is unfinished; index what is large.

        Args:
            index_from: So many vectors of a model get an index for approximate search.
        """
        with self._connection.transaction():
            # whoever begins now waits, and looks for its vectors afterwards
            self._connection.execute("LOCK TABLE unfinished IN SHARE MODE")
            if self._connection.execute("SELECT FROM unfinished").fetchone() is None:
                for model in self.models():
                    self.vectors(model).remove_unused()
        for model in self.models():
            self.vectors(model).index(index_from)

    def models(self) -> list[ModelInfo]:
        """All models, in the order in which they were added."""
        return models.all_models(self._connection)

    def ensure_model(self, identity: ModelIdentity) -> ModelInfo:
        """See `models.ensure_model`."""
        return models.ensure_model(self._connection, identity, self._reader)

    def vectors(self, model: ModelInfo) -> VectorTable:
        """The vectors of a model."""
        return VectorTable(self._connection, model)

    def missing(self, model: ModelInfo) -> int:
        """How many texts have no vector of that model."""
        return count_missing(self._connection, model)

    def texts_missing(self, model: ModelInfo) -> Iterator[tuple[bytes, str]]:
        """(hash, text) of what has no vector of that model, as the documents are now."""
        # held, since vectors are committed meanwhile
        with self._connection.cursor("texts", withhold=True) as cursor:
            cursor.execute(named("store/texts_missing", table=model.table))
            for digest, text in cursor:
                yield bytes(digest), text

    def use_model(self, model: ModelInfo) -> None:
        """Let questions be embedded by this model from now on.

        Raises:
            ModelMismatch: If some of its vectors are missing (code model_incomplete).
        """
        with self._connection.transaction():
            self._connection.execute("LOCK TABLE model IN SHARE ROW EXCLUSIVE MODE")
            self._check_complete(model)
            before = [each for each in self.models() if each.state == "live"]
            models.make_live(self._connection, model)
            own = self._own_weights(model)
            lengths = statistics.means(self._connection)
            if lengths is not None and (own is not None or any(map(self._own_weights, before))):
                rewrite_tokens(self._connection, lengths, own, self._tokenizer)

    def finish_model(self, model: ModelInfo) -> bool:
        """Call a model ready if no vector of it is missing; whether it is."""
        with self._connection.transaction():
            self._connection.execute("LOCK TABLE model IN SHARE ROW EXCLUSIVE MODE")
            if self.missing(model):
                return False
            query = "UPDATE model SET state = 'ready' WHERE id = %s AND state = 'building'"
            self._connection.execute(query, [model.id])
            return True

    def drop_model(self, model: ModelInfo) -> None:
        """Take a model and its vectors away."""
        models.remove_model(self._connection, model)

    def _live(self, used: Sequence[ModelInfo]) -> ModelInfo:
        """The live model, which is made so if there was none."""
        now = [model for model in self.models() if model.state != "building"]
        ids = {model.id for model in used}
        if not {model.id for model in now} <= ids:
            raise ModelMismatch(
                "A model was added while the documents were embedded.",
                hint="Ingest again: what was embedded is kept.",
                code="models_changed",
            )
        live = [model for model in now if model.state == "live"]
        if not live:
            models.make_live(self._connection, used[0])
        return live[0] if live else used[0]

    def _own_weights(self, model: ModelInfo) -> VectorTable | None:
        """The vectors of a model that has lexical weights of its own."""
        vectors = self.vectors(model)
        return vectors if vectors.has_lexical() else None

    def _follow_lengths(self, live: ModelInfo) -> None:
        """Weigh all passages anew where their mean lengths are no longer those that they were weighed by."""
        stored, actual = statistics.means(self._connection), statistics.actual_means(self._connection)
        if stored is None or actual is None or not statistics.has_drifted(stored, actual):
            return
        statistics.set_means(self._connection, actual)
        rewrite_words(self._connection, actual)
        rewrite_tokens(self._connection, actual, self._own_weights(live), self._tokenizer)

    def _check_complete(self, model: ModelInfo) -> None:
        missing = self.missing(model)
        if model.state == "building" or missing:
            raise ModelMismatch(
                f"{model.name} has no vectors of {missing:,} texts of the documents.",
                hint=f"Make them first: ankus-docs-rag models add {model.name}",
                code="model_incomplete",
            )

    @contextlib.contextmanager
    def _alone(self, kind: int, name: str, busy: str) -> Iterator[None]:
        key = [kind, name]
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", key).fetchone()
        if row != (True,):
            raise IngestBusy(busy, hint="Wait for it to end.")
        try:
            yield
        finally:
            if not self._connection.closed:
                self._connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", key)


@contextlib.contextmanager
def _told(connection: Connection[Any]) -> Iterator[None]:
    """Say plainly what the database cannot or may not do."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotWritable(
            f"The role {connection.info.user} may not change these documents: {error.diag.message_primary}.",
            hint="Ingest as the role that made them, given by --index-url-file.",
        ) from error
    except psycopg.errors.DiskFull as error:
        raise DependencyError(
            f"The disk of the database is full: {error.diag.message_primary}.",
            hint="Make room and do it again: what was embedded is kept.",
            code="disk_full",
        ) from error
    except psycopg.OperationalError as error:
        if not connection.closed:
            raise
        raise DatabaseUnavailable(
            "The connection to the database broke.",
            hint="Look whether it runs and its disk has room, and do it again: what was embedded is kept.",
        ) from error
