"""Where Ankus keeps what it makes: one folder per user, never the checkout."""

import os
from pathlib import Path

import platformdirs


def data_dir() -> Path:
    """The folder for databases, models and saved states: `ANKUS_DATA_DIR`, or the user's data directory."""
    named = os.environ.get("ANKUS_DATA_DIR")
    return Path(named).expanduser().resolve() if named else platformdirs.user_data_path("ankus")
