"""Settings from one definition: a frozen dataclass whose fields are flags and `ANKUS_*` variables.

    @dataclass(frozen=True, kw_only=True)
    class Settings(ServeSettings):
        row_limit: Annotated[int, option("ANKUS_ROW_LIMIT", at_least=1)] = 200
        \"\"\"Rows that one answer may hold.\"\"\"

A field's docstring is its `--help` text, a flag wins over its variable, and nothing is read before
`run_command` parses the arguments.
"""

import errno
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import cyclopts
from cyclopts import Parameter, validators
from rich.console import Console

from ankus_shared.errors import AnkusError, DependencyError, SettingsError

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells count it: 128 + SIGINT."""

FLAT = Parameter(name="*")
"""Marks a parameter of a command whose fields become flags of that command."""


def option(
    env: str, *, name: str | None = None, at_least: float | None = None, at_most: float | None = None
) -> Parameter:
    """Describe one setting: its environment variable, and its bounds where it is a number."""
    bounded = at_least is not None or at_most is not None
    return Parameter(
        name=name,
        env_var=env,
        negative=(),
        validator=validators.Number(gte=at_least, lte=at_most) if bounded else None,
    )


@dataclass(frozen=True, kw_only=True)
class ServeSettings:
    """How a server is reached; every server's own settings extend this."""

    transport: Annotated[Literal["stdio", "http", "sse"], option("ANKUS_TRANSPORT")] = "stdio"
    """stdio for a host that starts the server; http for Streamable HTTP at /mcp (with SSE for older
    clients at /sse in the same process); sse for SSE alone."""

    host: Annotated[str, option("ANKUS_HOST")] = "127.0.0.1"
    """Address to listen on; any address that is not loopback needs --token-file or ANKUS_TOKEN."""

    port: Annotated[int, option("ANKUS_PORT", at_least=0, at_most=65535)] = 8000
    """TCP port to listen on; 0 takes a free one and logs it."""

    token_file: Annotated[Path | None, option("ANKUS_TOKEN_FILE")] = None
    """File that holds the bearer token which HTTP clients must send (or the variable ANKUS_TOKEN)."""

    allowed_host: Annotated[tuple[str, ...], option("ANKUS_ALLOWED_HOSTS", name="--allowed-host")] = ()
    """Further values of the Host header to accept, such as db.example.org:8000."""

    max_result_kb: Annotated[int, option("ANKUS_MAX_RESULT_KB", at_least=4, at_most=65536)] = 256
    """Largest answer of one tool call in KiB, text and structured part together."""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], option("ANKUS_LOG_LEVEL")] = "warning"
    """Least severe message to log; logs go to standard error."""


def read_secret(path: Path, what: str) -> str:
    """The text of a file that holds a secret, without white space around it.

    Args:
        what: What belongs into it, as a hint tells: "the database URL".

    Raises:
        SettingsError: If the file cannot be read or is empty.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Cannot read {path}: {type(error).__name__}.") from error
    if not text:
        raise SettingsError(f"{path} is empty.", hint=f"Put {what} into it.")
    return text


def variables_of(settings: object, kind: type) -> dict[str, str | None]:
    """The fields of `kind` as environment variables, for a process that shall be told the same.

    Args:
        kind: A class of settings that `settings` is one of; each of its fields has a variable.

    Returns:
        None for a variable that shall not be set.
    """
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, str | None] = {}
    for name, hint in hints.items():
        [parameter] = [each for each in get_args(hint) if isinstance(each, Parameter)]
        value = getattr(settings, name)
        words = value if isinstance(value, tuple) else [value]
        for variable in parameter.env_var or ():
            found[variable] = None if value is None or value == () else " ".join(map(str, words))
    return found


def command_line(name: str, *, version: str, help: str) -> cyclopts.App:
    """Make the command line of one package: plain help, and errors left to `run_command`."""
    return cyclopts.App(
        name=name,
        version=version,
        help=help,
        help_format="plaintext",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )


def run_command(app: cyclopts.App, arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status; every anticipated failure is one line on stderr."""
    return exit_status_of(lambda: app(arguments, result_action="return_value"), app.name[0])


def exit_status_of(command: Callable[[], Any], program: str) -> int:
    """Call `command`; its integer result, or the exit status that belongs to what it raised."""
    try:
        result = command()
    except cyclopts.CycloptsError as error:
        return _report(program, SettingsError(_one_line(str(error)), hint=f"See '{program} --help'."))
    except AnkusError as error:
        return _report(program, error)
    except KeyboardInterrupt as interrupt:
        note = f"; {interrupt}" if str(interrupt) else ""  # such as how to go on
        Console(stderr=True).print(f"{program}: interrupted{note}", highlight=False, soft_wrap=True)
        return INTERRUPTED
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return _report(
            program, DependencyError(f"The disk is full: {error}.", hint="Make room, and try again.")
        )
    except BaseExceptionGroup as group:
        return _report_group(program, group)
    return result if isinstance(result, int) else 0


def _report_group(program: str, group: BaseExceptionGroup[BaseException]) -> int:
    """Report the one anticipated failure inside a task group's exception, or raise the group again."""
    anticipated = group.subgroup((AnkusError, KeyboardInterrupt))
    if anticipated is None:
        raise group
    first: BaseException = anticipated
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if isinstance(first, AnkusError):
        return _report(program, first)
    return INTERRUPTED


def _report(program: str, error: AnkusError) -> int:
    sys.stderr.write(f"{program}: {_one_line(str(error))}\n")
    return error.exit_status


def _one_line(text: str) -> str:
    return " ".join(text.split())
