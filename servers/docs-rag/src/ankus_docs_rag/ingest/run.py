"""One ingest: what changed is read, its new texts are embedded, and the source changes in one step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.ingest.embedding import Open, OpenModel, Tell, embed_pages, embed_stored, open_models
from ankus_docs_rag.ingest.items import Origin
from ankus_docs_rag.ingest.reading import Cutting, Item, Outcome, read_items
from ankus_docs_rag.ingest.report import Report
from ankus_docs_rag.ingest.spool import Spool
from ankus_docs_rag.ingest.wish import VERSION, Wish
from ankus_docs_rag.store.changes import Changes
from ankus_docs_rag.store.digest import Digest, Tokenizer
from ankus_docs_rag.store.writer import Writer


@dataclass(frozen=True)
class Means:
    """What an ingest works with."""

    load: Open
    tokenizer: Callable[[], Tokenizer]
    jobs: int = 1
    index_from: int = 50_000


def ingest(origin: Origin, writer: Writer, means: Means, tell: Tell) -> Report:
    """Bring a source up to date with these items, which are all that it is made of unless it keeps others.

    Args:
        tell: Told ("read", items, …), (a model's name, texts, …), ("store", pages, …).

    Raises:
        BadSource: If nothing of it can be read.
        IngestBusy: If another process ingests it.
        ModelMissing, ModelChanged, ModelMismatch: If a model cannot embed what is new.
        EmbedderUnavailable: If embedding fails; the documents are as they were, and what was embedded stays.
    """
    wish = origin.wish
    if not origin.items:
        raise _unreadable(wish, [])
    with writer.lock(wish.source):
        work = _Work(wish, writer.files(wish.source), writer.pages(wish.source))
        work.problems += origin.problems
        work.plan(origin.items)
        if not work.changed and not work.removed_files and _is_live(writer):
            return work.report(0)
        with open_models(writer, means.load) as models, Spool() as spool:
            work.read(spool, means, tell)
            writer.begin(wish.source)
            embedded = _embed(models, spool, writer, tell)
            changes = work.changes(writer, spool)
            applied = writer.apply(changes, [model.info for model in models], tell)
    writer.tidy(means.index_from)
    report = work.report(spool.count)
    return replace(report, passages=applied.passages, renamed=applied.renamed, embedded=embedded)


def _is_live(writer: Writer) -> bool:
    return any(model.state == "live" for model in writer.models())


def _embed(models: list[OpenModel], spool: Spool, writer: Writer, tell: Tell) -> dict[str, int]:
    made = {model.info.name: embed_pages(model, spool, tell) for model in models}
    for model in models:
        if model.info.state == "building":  # it becomes the live one, so it has to know everything
            made[model.info.name] += embed_stored(model, writer, tell)
    return made


@dataclass
class _Work:
    """What has to be done, and what was found while it was."""

    wish: Wish
    known_files: Mapping[str, bytes]
    known_pages: Mapping[str, tuple[str, bytes]]
    changed: list[Item] = field(default_factory=list)
    to_read: set[str] = field(default_factory=set)
    """The paths of the same."""
    removed_files: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """Hashes of what was read."""
    same: set[str] = field(default_factory=set)
    """Pages of files that were read, which are as they were."""
    put: dict[str, str] = field(default_factory=dict)
    """File of each new or changed page, by its path."""
    problems: list[tuple[str, str]] = field(default_factory=list)

    def plan(self, items: Sequence[Item]) -> None:
        """Find out which items have to be read, and which files are gone."""
        self.changed = [item for item in items if self.known_files.get(item.path) != item.hash]
        self.to_read = {item.path for item in self.changed}
        if not self.wish.keep:
            self.removed_files = sorted(self.known_files.keys() - {item.path for item in items})

    def read(self, spool: Spool, means: Means, tell: Tell) -> None:
        """Read them into the spool."""
        cutting = Cutting(means.tokenizer, f"{VERSION} {self.wish.version}", self.wish.kind)
        tell("read", 0, len(self.changed))
        for done, outcome in enumerate(read_items(self.changed, cutting, means.jobs), start=1):
            self._take(outcome, spool)
            tell("read", done, len(self.changed))
        if not self.put and not self.pages_left():
            raise _unreadable(self.wish, self.problems)

    def pages_left(self) -> int:
        """How many pages stay as they are."""
        return len(self.known_pages) - len(self._removed())

    def changes(self, writer: Writer, pages: Spool) -> Changes:
        """What has to change in the store."""
        row = self.wish.row(writer.source(self.wish.source))
        return Changes(row, pages, self._removed(), self.files, self.removed_files)

    def report(self, changed: int) -> Report:
        """The counts."""
        gone = [path for path in self._removed() if path not in self.put]
        pages = self.pages_left() + changed
        return Report(self.wish.source, pages, changed, len(gone), problems=tuple(sorted(self.problems)))

    def _take(self, outcome: Outcome, spool: Spool) -> None:
        if outcome.problem:
            self.problems.append((outcome.item.path, outcome.problem))
            return
        self.files[outcome.item.path] = outcome.item.hash
        for digest in outcome.pages:
            self._take_page(digest, spool)

    def _take_page(self, digest: Digest, spool: Spool) -> None:
        path, file = digest.page.path, digest.file
        if self._is_of_another(path, file):
            self.problems.append((file, f"The page {path} is of another file too."))
        elif self.known_pages.get(path) == (file, digest.hash):
            self.same.add(path)
        else:
            self.put[path] = file
            spool.add(digest)

    def _is_of_another(self, path: str, file: str) -> bool:
        """Whether a page of that path was put in, or stays, from another file, or twice from this one."""
        if path in self.put or path in self.same:
            return True
        owner = self.known_pages.get(path, (file, b""))[0]
        return owner != file and owner not in self.removed_files and owner not in self.to_read

    def _removed(self) -> list[str]:
        """Pages that go, or come back changed."""
        gone = {*self.removed_files, *self.files}
        return [
            path
            for path, (file, _) in self.known_pages.items()
            if path in self.put or (file in gone and path not in self.same)
        ]


def _unreadable(wish: Wish, problems: list[tuple[str, str]]) -> BadSource:
    if not problems:
        return BadSource(
            f"{wish.origin} holds nothing that can be read.", hint="Look at --include and --exclude."
        )
    file, problem = problems[0]
    more = f" So it is with {len(problems) - 1:,} more." if len(problems) > 1 else ""
    return BadSource(f"Nothing of {wish.origin} can be read: {file}: {problem}{more}")
