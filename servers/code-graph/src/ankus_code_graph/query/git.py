"""Asks git about a range of revisions in the folder of a graph; nothing goes through a shell."""

import os
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream

from ankus_code_graph.errors import BadSource
from ankus_code_graph.query.patch import FileChange, read_patch

SECONDS = 60
_REVISION = re.compile(r"[^\s\x00-\x20\x7f:?*\[\\-][^\s\x00-\x20\x7f:?*\[\\]*")
"""Neither an option, nor a path in a revision, nor what no name of a revision may hold."""
_DIFF = (
    *("diff", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--relative"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules"),
)


@dataclass(frozen=True)
class Range:
    """Two revisions, as they were written and as full hashes."""

    old: str
    new: str
    old_hash: str
    new_hash: str


async def read_range(root: Path, text: str) -> Range:
    """The revisions of "A..B"; without B the current one.

    Raises:
        BadSource: If it is no range, there is no repository at `root`, or no such revision.
    """
    old, dots, new = text.strip().partition("..")
    new = new or "HEAD"
    parts = (old, new)
    if not dots or new.startswith(".") or not all(_REVISION.fullmatch(part) for part in parts):
        raise BadSource(
            f"{text[:80]!a} is no range of revisions.",
            hint="Write A..B, such as HEAD~1..HEAD or REL_17_0..REL_17_1.",
        )
    await _git(root, ["rev-parse", "--git-dir"], f"{root} is in no git repository")
    return Range(old, new, await _hash(root, old), await _hash(root, new))


async def changes(root: Path, asked: Range) -> list[FileChange]:
    """The files below `root` that differ, and their lines.

    Raises:
        BadSource: If git fails or takes longer than a minute.
    """
    text = f"{asked.old}..{asked.new}"
    command = _command(root, [*_DIFF, asked.old_hash, asked.new_hash, "--"])
    try:
        with anyio.fail_after(SECONDS):
            async with await anyio.open_process(command, stderr=None, env=_environment()) as process:
                assert process.stdout is not None
                lines = [line async for line in _kept(process.stdout)]
                status = await process.wait()
    except TimeoutError as error:
        raise BadSource(
            f"git diff {text} takes longer than {SECONDS} s.", hint="Ask for a smaller range."
        ) from error
    if status:
        raise BadSource(f"git diff {text} failed with status {status}.")
    return list(read_patch(lines))


async def _kept(stream: ByteReceiveStream) -> AsyncIterator[bytes]:
    """The lines of a patch, of which those of text are cut, so that a large one takes little memory."""
    rest = b""
    async for chunk in stream:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line[:1] if _is_text(line) else line
    if rest:
        yield rest


def _is_text(line: bytes) -> bool:
    return line[:1] in (b"+", b"-") and line[:4] not in (b"+++ ", b"--- ")


async def _hash(root: Path, revision: str) -> str:
    arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    found = await _git(root, arguments, f"There is no revision {revision!a} in {root}")
    return found.strip()


async def _git(root: Path, arguments: Sequence[str], otherwise: str) -> str:
    """What git prints.

    Raises:
        BadSource: With `otherwise` and git's own reason.
    """
    try:
        with anyio.fail_after(SECONDS):
            done = await anyio.run_process(_command(root, arguments), check=False, env=_environment())
    except FileNotFoundError as error:
        raise BadSource("git is not installed.", hint="Install git on the server's machine.") from error
    except TimeoutError as error:
        raise BadSource(f"git takes longer than {SECONDS} s in {root}.") from error
    if done.returncode:
        reason = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise BadSource(f"{otherwise}.", hint=reason[:300])
    return done.stdout.decode("utf-8", "replace")


def _command(root: Path, arguments: Sequence[str]) -> list[str]:
    return ["git", "-C", str(root), "-c", "core.quotePath=false", *arguments]


def _environment() -> dict[str, str]:
    """Ours, without what would make git look elsewhere, ask somebody, or write."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
