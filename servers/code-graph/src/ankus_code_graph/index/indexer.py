"""Brings a graph up to date with its source tree: reads, links, stores the difference.

A run on a tree that was never indexed is the same, with everything changed. What `index` stores depends
on the tree alone, not on what was indexed before: a property test holds it to that.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ankus_code_graph.extract import facts as extracted
from ankus_code_graph.extract.facts import Facts
from ankus_code_graph.index import revision
from ankus_code_graph.index.contract import MOST_PROBLEMS, Options, Progress, Report, Store
from ankus_code_graph.index.counts import Counts
from ankus_code_graph.index.directories import directories
from ankus_code_graph.index.files import Found, find_files, read_bytes
from ankus_code_graph.index.noise import defined_noise, everywhere_noise
from ankus_code_graph.index.plan import affected, made_of
from ankus_code_graph.index.reading import default_jobs, digest, read_files
from ankus_code_graph.index.records import (
    Details,
    Record,
    decode_details,
    decode_record,
    digests,
    encode,
    pack,
    unpack,
)
from ankus_code_graph.model import Changes, Edge, FileRecord, Vertex
from ankus_code_graph.resolve import Resolver, Rows

__all__ = ["Options", "Report", "Store", "index"]


def index(root: Path, name: str, writer: Store, options: Options, progress: Progress) -> Report:
    """Index the tree below `root` as the graph `name`, or bring that graph up to date.

    The caller holds the graph's lock. Nothing is stored before the end, and then in one transaction.

    Args:
        progress: Told (stage, done, total); the stages are read, link and store.

    Raises:
        BadSource: If there is no C to be read.
    """
    started = time.monotonic()
    with _without_collector():
        run = _Run(root, name, writer, options, progress)
        run.go()
    run.report.seconds = round(time.monotonic() - started, 2)
    return run.report


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of objects without cycles: looking through them for garbage costs a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Run:
    """One run of the indexer, step by step."""

    def __init__(self, root: Path, name: str, writer: Store, options: Options, progress: Progress) -> None:
        self.root = root
        self.name = name
        self.writer = writer
        self.options = options
        self.progress = progress
        self.report = Report(name)
        self.known = writer.files(name)
        self.records: dict[str, Record] = {}
        self.stored: dict[str, Record] = {}
        self.bodies: dict[str, bytes] = {}
        self.hashes: dict[str, bytes] = {}
        self.old: dict[str, Facts] = {}
        self.new: dict[str, Facts] = {}

    def go(self) -> None:
        """Find, read, link, store."""
        options = self.options
        most = options.most_file_mb << 20
        found, problems = find_files(self.root, options.include, options.exclude, most)
        self.found = {one.path: one for one in found}
        self._problems(problems)
        self.counts = Counts.of(self.writer.statistics(self.name) if self.known else {})
        self._forget_scripts()
        suspects = [one for one in self.found.values() if self._is_suspect(one)]
        gone = set(self.known) - set(self.found)
        if self.known and not suspects and not gone:
            self._finish()
            return
        self._load()
        changed = self._read(suspects)
        self._link(changed, gone)

    def _forget_scripts(self) -> None:
        """Leave out the scripts that are known to declare nothing; those that changed are read again."""
        kept: dict[str, list[int]] = {}
        for path, stamp in self.counts.scripts.items():
            one = self.found.get(path)
            if one is not None and [one.size, one.mtime_ns] == stamp:
                kept[path] = stamp
                del self.found[path]
        self.counts.scripts = kept

    def _is_suspect(self, one: Found) -> bool:
        """Whether a file's size or time is not what is stored."""
        return self.known.get(one.path, (b"", -1, -1))[1:] != (one.size, one.mtime_ns)

    def _load(self) -> None:
        """What is stored of every file."""
        for path, data in self.writer.facts(self.name) if self.known else ():
            self.stored[path] = decode_record(data)
            self.old[path] = extracted.decode(self.stored[path].facts)

    def _read(self, suspects: list[Found]) -> set[str]:
        """Read what may have changed, and what has to be read otherwise now; the changed paths."""
        suspects = [one for one in suspects if self._differs(one)]
        read_again = {one.path for one in suspects}
        noise = self._noise(suspects)
        before = everywhere_noise(one.defined_noise() for one in self.stored.values())
        if self.stored and noise != before:
            suspects += self._holding(noise ^ before, read_again)
        total = len(suspects)
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            done += count
            self.progress("read", done, total)

        changed: set[str] = set()
        for one in read_files(self.root, suspects, noise, self.options.jobs or default_jobs(), tell):
            path = one.found.path
            if one.problem:
                self._problems([one.problem])
                self.found.pop(path, None)
                continue
            record = decode_record(one.record)
            facts = extracted.decode(record.facts)
            if path.endswith((".c", ".h")) or facts.sql:
                self.records[path], self.new[path] = record, facts
                self.bodies[path], self.hashes[path] = one.bodies, one.hash
                self._problems([f"{path}:{problem}" for problem in facts.problems])
                changed.add(path)
            else:  # a script without functions in C
                self.found.pop(path, None)
                self.counts.scripts[path] = [one.found.size, one.found.mtime_ns]
        for path in self.stored:
            if path in self.found and path not in changed:
                self.records[path], self.new[path] = self.stored[path], self.old[path]
        return changed

    def _differs(self, one: Found) -> bool:
        """Whether a file of another size or time is of another content."""
        known = self.known.get(one.path)
        if known is None or known[1] != one.size:
            return True
        try:
            return digest(read_bytes(self.root, one.path)) != known[0]
        except (OSError, ValueError):
            return True

    def _noise(self, suspects: list[Found]) -> frozenset[bytes]:
        """The tree's macros that stand for attributes only."""
        skipped = {one.path for one in suspects}
        kept = (path for path in self.stored if path in self.found and path not in skipped)
        stored = (self.stored[path].defined_noise() for path in kept)
        return everywhere_noise([*stored, *(self._defined_noise(one) for one in suspects)])

    def _defined_noise(self, one: Found) -> tuple[set[bytes], set[bytes]]:
        try:
            return defined_noise(read_bytes(self.root, one.path))
        except (OSError, ValueError):
            return set(), set()  # reading it properly will say why

    def _holding(self, names: frozenset[bytes], besides: set[str]) -> list[Found]:
        """The unchanged files in which one of these names stands."""
        found = []
        for path, one in self.found.items():
            if path in besides or path not in self.stored:
                continue
            try:
                data = read_bytes(self.root, path)
            except (OSError, ValueError):
                continue
            if any(name in data for name in names):
                found.append(one)
        return found

    def _link(self, changed: set[str], gone: set[str]) -> None:
        gone |= {path for path in self.known if path not in self.found}
        numbered = sorted({*self.old, *self.new})
        for path in changed:
            extracted.join(self.new[path], self.bodies[path])
        resolver = Resolver(self.new, numbered)
        every = changed | gone
        linked = affected(self.old, self.new, every, self.records | self._gone_records(gone), resolver)
        details = self._details(linked, gone, resolver)
        changes = Changes(removed_files=sorted(gone))
        counts = self.counts
        for number, (path, rows) in enumerate(resolver.rows(sorted(linked)), start=1):
            self._store(path, rows, details.get(path), made_of(resolver, path), changes, counts)
            if number % 50 == 0 or number == len(linked):
                self.progress("link", number, len(linked))
        for path in gone:
            counts.remove(changes, unpack(details[path].digests), details[path].unbound)
        self._directories(changes, counts)
        counts.lines += sum(self.new[path].lines for path in changed)
        counts.lines -= sum(self.old[path].lines for path in every if path in self.old)
        counts.files = len(self.new)
        revision_ = revision.head(self.root)
        self.writer.apply(self.name, self.root, revision_, changes, counts.statistics(), self.progress)
        self.report.changed, self.report.removed, self.report.linked = len(changed), len(gone), len(linked)
        self._finish()

    def _gone_records(self, gone: set[str]) -> dict[str, Record]:
        return {path: self.stored[path] for path in gone if path in self.stored}

    def _details(self, linked: set[str], gone: set[str], resolver: Resolver) -> dict[str, Details]:
        """What is stored of the files that are linked anew; those that were not read get their bodies."""
        wanted = {*linked, *gone, *resolver.instances.templates} & set(self.stored)
        found: dict[str, Details] = {}
        for path, data in self.writer.rows(self.name, sorted(wanted)) if wanted else ():
            found[path] = decode_details(data)
            if path in self.new and path not in self.bodies:
                self.bodies[path] = found[path].bodies
                extracted.join(self.new[path], found[path].bodies)
        return found

    def _store(
        self,
        path: str,
        rows: Rows,
        before: Details | None,
        made: list[tuple[str, int, bool]],
        changes: Changes,
        counts: Counts,
    ) -> None:
        """Add to the changes in what a file's rows differ from those that are stored."""
        after = digests(rows)
        known = unpack(before.digests) if before else {}
        fresh = {identity for identity, checksum in after.items() if known.get(identity) != checksum}
        stale = {
            identity: checksum for identity, checksum in known.items() if after.get(identity) != checksum
        }
        counts.remove(changes, stale, before.unbound if before else 0)
        counts.add(changes, rows, fresh)
        record = self.records[path]
        record.made = made
        one = self.found[path]
        content = self.hashes.get(path) or self.known[path][0]
        details = Details(self.bodies[path], pack(after), rows.unbound)
        changes.files.append(
            FileRecord(path, content, one.size, one.mtime_ns, encode(record), encode(details))
        )

    def _directories(self, changes: Changes, counts: Counts) -> None:
        before = directories(self.old) if self.old else {}
        after = directories(self.new)
        counts.remove(changes, {one: 0 for one in before.keys() - after.keys()}, 0)
        for identity in after.keys() - before.keys():
            thing = after[identity]
            if isinstance(thing, Vertex):
                changes.vertices.append(thing)
            elif isinstance(thing, Edge):
                changes.edges.append(thing)
            counts.count(identity, 1)

    def _problems(self, problems: list[str]) -> None:
        self.report.problem_count += len(problems)
        self.report.problems += problems[: MOST_PROBLEMS - len(self.report.problems)]

    def _finish(self) -> None:
        told = self.counts.statistics()
        self.report.files = self.counts.files
        self.report.counts = {key: value for key, value in told.items() if isinstance(value, int)}
