"""Where Ankus keeps what it makes: one folder per user, never the checkout."""

import os
from pathlib import Path

import platformdirs

from ankus_shared.errors import SettingsError


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
