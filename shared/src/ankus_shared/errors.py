"""The base of every error that Ankus raises on purpose.

    AnkusError                 message, hint, code
    ├── SettingsError          a flag, a variable or a file of settings is wrong
    ├── DependencyError        something outside is missing, down or too old
    └── LimitError             a size, time or number limit was reached

Each package subclasses these in its own `errors.py`. `ankus_shared.tools` is the one place that turns
them into an MCP result with `isError`; `ankus_shared.settings.run_command` is the one place that turns
them into an exit status.
"""

from typing import ClassVar


class AnkusError(Exception):
    """An anticipated failure.

    Args:
        message: One sentence of what is wrong, without secrets.
        hint: One sentence of what to do next; empty where there is nothing to do.
        code: A stable identifier in snake_case; the class's own `code` by default.
    """

    code: str = "error"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SettingsError(AnkusError):
    """Raised when a flag, an environment variable or a settings file is wrong."""

    code = "bad_settings"
    exit_status: ClassVar[int] = 2


class DependencyError(AnkusError):
    """Raised when something outside of the process is missing, down or too old."""

    code = "dependency_failed"


class LimitError(AnkusError):
    """Raised when a limit of size, time or number is reached."""

    code = "limit_reached"
