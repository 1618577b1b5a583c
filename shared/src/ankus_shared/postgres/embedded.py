"""The embedded PostgreSQL behind one function, so that what provides it can be replaced.

Several processes may hold one data directory; the last that lets go stops the server. Each holder shares
a file lock, so a holder that was killed does not count, and the server that it left is stopped by the next.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ankus_shared import paths
from ankus_shared.postgres.errors import EmbeddedServerError

if TYPE_CHECKING:
    from ankus_shared.postgres import cluster, locks


@dataclass(frozen=True)
class EmbeddedServer:
    """A running embedded PostgreSQL, reachable by a Unix socket in `socket_dir` as its superuser."""

    data_dir: Path
    socket_dir: Path

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """The connection URL for `database` as `user`; no password is needed."""
        who, what, where = (quote(part, safe="") for part in (user, database, str(self.socket_dir)))
        return f"postgresql://{who}@/{what}?host={where}"

    def panic(self) -> str | None:
        """Why the server crashed last, by its log; None where it never did."""
        log = (self.data_dir / "server.log").read_text(errors="replace")
        found = re.findall(r" PANIC:\s+(.*)", log)
        return found[-1] if found else None


@contextlib.contextmanager
def embedded_server(data_dir: Path | None = None) -> Iterator[EmbeddedServer]:
    """Start the embedded PostgreSQL, or join the one that runs; the last user stops it.

    Blocks for about a second, and a few for a new data directory: call it in a thread from async code.

    Args:
        data_dir: The data directory; `paths.data_dir() / "postgres"` by default. Made if missing.

    Raises:
        EmbeddedServerError: One clear line: the disk is full, the platform is unsupported, the log's end.
    """
    with contextlib.ExitStack() as stack:
        try:
            server = _join(stack, (data_dir or paths.data_dir() / "postgres").expanduser().resolve())
        except OSError as error:
            raise EmbeddedServerError(
                f"The embedded PostgreSQL cannot use its folder: {error}.",
                hint="Set ANKUS_DATA_DIR to another.",
            ) from error
        yield server


def _join(stack: contextlib.ExitStack, data: Path) -> EmbeddedServer:
    """Make and start what is missing, hold it, and leave on `stack` what lets go of it."""
    try:
        from ankus_shared.postgres import cluster, locks  # here: fcntl and pwd are missing on Windows
    except ImportError as error:
        raise EmbeddedServerError(
            "The embedded PostgreSQL runs on Linux and macOS only.",
            hint="Set ANKUS_DATABASE_URL to a PostgreSQL server of your own.",
        ) from error
    data.parent.mkdir(parents=True, exist_ok=True)
    lock_path, users_path = (data.with_name(data.name + suffix) for suffix in (".lock", ".users"))
    bundled, users = cluster.bundled_cluster(data), locks.FileLock(users_path)
    stack.callback(_leave, bundled, users, lock_path)  # before the start, which Ctrl-C may interrupt
    with locks.alone(lock_path):
        users.share()
        bundled.ensure_made()
        bundled.ensure_started()
    return EmbeddedServer(data, bundled.socket_dir())


def _leave(bundled: "cluster.Cluster", users: "locks.FileLock", lock_path: Path) -> None:
    """Stop the server if nobody else holds it."""
    from ankus_shared.postgres import locks

    with locks.alone(lock_path):
        try:
            if users.take_if_free():
                bundled.stop()
        finally:
            users.close()
