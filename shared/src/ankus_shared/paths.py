"""Where Ankus keeps what it makes (one folder per user, never the checkout), and where a client may look."""

import os
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from ankus_shared.errors import AnkusError, SettingsError


class PathNotAllowed(AnkusError):
    """Raised when a client names a path outside of the folders that it may use."""

    code = "path_not_allowed"


def data_dir() -> Path:
    """The folder for databases, models and saved states: `ANKUS_DATA_DIR`, or the user's data directory.

    Raises:
        SettingsError: It is no folder, and none can be made there.
    """
    named = os.environ.get("ANKUS_DATA_DIR")
    folder = Path(named).expanduser().resolve() if named else platformdirs.user_data_path("ankus")
    there = next(path for path in (folder, *folder.parents) if os.path.exists(path))
    if not os.path.isdir(there) or not os.access(there, os.W_OK | os.X_OK):
        reason = "not writable" if os.path.isdir(there) else "no folder"
        raise SettingsError(
            f"Nothing can be kept in {folder}: {there} is {reason}.",
            hint="Set ANKUS_DATA_DIR to another folder.",
        )
    return folder


def allowed_path(path: str, roots: Sequence[str]) -> Path:
    """The place that a client's `path` means, if it is a root or lies below one, in nothing hidden.

    Args:
        roots: By default the working directory; but a host that starts servers in / or in the user's home did
            not mean to show all of it.

    Raises:
        PathNotAllowed: If it does not.
    """
    place = Path(path).expanduser().resolve()
    tops = [Path(root).expanduser().resolve() for root in roots or (".",)]
    if not roots and tops[0] in (Path("/"), Path.home().resolve()):
        raise PathNotAllowed(
            f"This server was started in {tops[0]}, all of which is not for a client to read.",
            hint="Start it with --source-root FOLDER for what may be read.",
        )
    below = [place.relative_to(top).parts for top in tops if place.is_relative_to(top)]
    if not any(all(not part.startswith(".") for part in parts) for parts in below):
        raise PathNotAllowed(
            f"{path} may not be read from here.",
            hint=f"Its --source-root allows what lies below {', '.join(map(str, tops))}, but nothing hidden.",
        )
    return place
