"""What a command is told of control: who asks, what they may use, and who is asked about calls."""

import getpass
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from rich.console import Console

from ankus_runner.access import FREE, Access, read_access
from ankus_runner.approvals import Approvals, Asker, without
from ankus_runner.callback import callback_asker, check_callback
from ankus_runner.errors import ConfigError, NotAllowedError
from ankus_runner.hooks import AllowAll, AllowNone, Approver, Hooks, Ledger
from ankus_runner.keyboard import Keyboard, KeyboardAsker
from ankus_runner.profile import Profile
from ankus_runner.user import UserSettings
from ankus_shared.settings import option, read_secret


@dataclass(frozen=True, kw_only=True)
class ControlSettings(UserSettings):
    """Who asks, what they may use, and who is asked before something is called that may destroy."""

    approve: Annotated[Literal["ask", "all", "none"], option("ANKUS_APPROVE")] = "ask"
    """Tools that may destroy something, or that the profile names: ask before each call, on a terminal or
    at --approvals-url; all calls go through; or none does. Where nobody can be asked, there are none."""

    approvals_url: Annotated[str, option("ANKUS_APPROVALS_URL")] = ""
    """Where calls are posted to, to be allowed or refused by a person, instead of asking on the terminal."""

    approvals_secret_file: Annotated[Path | None, option("ANKUS_APPROVALS_SECRET_FILE")] = None
    """File that holds the bearer token for that address."""

    step: Annotated[bool, option("ANKUS_STEP")] = False
    """Go step by step: show each call before it goes out, and wait for a key; on a terminal only."""

    access: Annotated[Path | None, option("ANKUS_ACCESS")] = None
    """File of what each user may use: profiles, servers and tools."""


def check_control(
    settings: ControlSettings, profile: Profile, *, traced: bool, console: Console | None
) -> None:
    """Refuse settings that contradict each other or the profile, before anything starts.

    Args:
        traced: Whether traces are kept.
        console: Where a person can be asked; None where there is none.

    Raises:
        ConfigError: They do, or a file is missing or wrong.
        NotAllowedError: The user may not use the profile.
    """
    if settings.approvals_url:
        check_callback(settings.approvals_url)
        if settings.approve != "ask":
            raise ConfigError(f"--approvals-url and --approve {settings.approve} exclude each other.")
    elif settings.approvals_secret_file is not None:
        raise ConfigError("--approvals-secret-file goes with --approvals-url.")
    if settings.step and console is None:
        raise ConfigError("--step needs a terminal, where somebody says go on.", hint="Leave it out.")
    if profile.approvals.log == "required" and not traced:
        raise ConfigError(
            f"The profile '{profile.name}' requires the log of approvals, and --no-traces keeps none.",
            hint="Leave --no-traces out.",
            code="contradictory_limits",
        )
    if not _access(settings).of(settings.user).profile(profile.name):
        message = f"The user '{settings.user}' may not use the profile '{profile.name}'."
        raise NotAllowedError(message, code="profile_not_allowed")


@asynccontextmanager
async def open_hooks(
    settings: ControlSettings,
    profile: Profile,
    ledger: Ledger,
    secrets: Sequence[str],
    console: Console | None,
) -> AsyncGenerator[Hooks]:
    """What stands beside the runs of one session.

    Args:
        ledger: Where what was said of calls is written down.
        secrets: What nobody sees of a call.
        console: Where a person can be asked; None where there is none.

    Raises:
        SettingsError: The file of the secret cannot be read.
    """
    async with AsyncExitStack() as stack:
        approver = await _approver(stack, settings, profile, secrets, console)
        allowed = _access(settings).of(settings.user)
        yield Hooks(approver=approver, ledger=ledger, user=settings.user, allowed=allowed)


def keyboard_of(console: Console) -> Keyboard:
    """The terminal that a console writes to and a person types at."""

    def say(text: str) -> None:
        console.file.write(text)
        console.file.flush()

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    return Keyboard(say, sys.stdin.fileno(), editor)


def attended(console: Console) -> bool:
    """Whether somebody sits at a terminal, sees what the console shows and can answer."""
    return console.is_terminal and sys.stdin.isatty()


async def _approver(
    stack: AsyncExitStack,
    settings: ControlSettings,
    profile: Profile,
    secrets: Sequence[str],
    console: Console | None,
) -> Approver:
    if settings.approve == "all":
        return AllowAll()
    asker: Asker
    if settings.approvals_url:
        file = settings.approvals_secret_file
        secret = read_secret(file, "the bearer token") if file is not None else ""
        asker = await stack.enter_async_context(callback_asker(settings.approvals_url, secret))
        secrets = [*secrets, secret]
    elif settings.approve == "ask" and console is not None:
        asker = KeyboardAsker(keyboard_of(console), getpass.getuser())
    else:
        return AllowNone()
    return Approvals(asker, profile.approvals.seconds, without(secrets))


def _access(settings: ControlSettings) -> Access:
    return read_access(settings.access) if settings.access is not None else FREE
