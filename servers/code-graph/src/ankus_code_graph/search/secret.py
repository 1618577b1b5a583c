"""Secrets that stand in files."""

from pathlib import Path

from ankus_shared.errors import SettingsError


def read_secret(path: Path) -> str:
    """The text of a file without white space around it.

    Raises:
        SettingsError: If the file cannot be read or is empty.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Cannot read {path}: {type(error).__name__}.") from error
    if not text:
        raise SettingsError(f"{path} is empty.")
    return text
