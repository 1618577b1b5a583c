"""Whether the embedded server holds the example database already, told without starting the server.

The marker lies beside the server's data. It names the digest of the example and the data directory's
birth, so it is stale once either changes; the database itself carries the digest too (see database.py).
"""

import json
from pathlib import Path

from ankus_shared.paths import data_dir

DIGEST = "bd808480badeb72d8a36e6b58cd469c0ba22473158a958b399f7afe212d06217"
"""SHA-256 of the schema and of all rows, as `python -m examples.shop.generate` prints it."""


def is_fresh() -> bool:
    """Whether this very example was loaded into the data directory that is there now."""
    born = _birth(data_dir() / "postgres")
    if born is None:
        return False
    try:
        written = json.loads(_path().read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return bool(written == {"digest": DIGEST, "born": born})


def write() -> None:
    """Record that the embedded server holds this example."""
    content = json.dumps({"digest": DIGEST, "born": _birth(data_dir() / "postgres")})
    partial = _path().with_suffix(".partial")
    partial.write_text(content)
    partial.replace(_path())


def _path() -> Path:
    return data_dir() / "shop.json"


def _birth(cluster: Path) -> int | None:
    """When initdb made the data directory, in nanoseconds; None where there is none."""
    try:
        # the server never writes this file again
        return (cluster / "PG_VERSION").stat().st_mtime_ns
    except FileNotFoundError:
        return None
