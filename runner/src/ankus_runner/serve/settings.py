"""The settings of `ankus serve`: flags and ANKUS_* variables from one definition."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from ankus_runner.conversations.settings import ConversationPlace
from ankus_runner.settings import ModelSettings
from ankus_shared.settings import option


@dataclass(frozen=True, kw_only=True)
class ServerSettings(ModelSettings, ConversationPlace):
    """Which agents, where, and for whom."""

    profile: Annotated[tuple[str, ...], option("ANKUS_SERVE_PROFILES", name="--profile")] = (
        "analyst",
        "assistant",
    )
    """The agents, each a model of the API: profiles of the package, or folders; may be repeated."""

    host: Annotated[str, option("ANKUS_HOST")] = "127.0.0.1"
    """Address to listen on; any that is not loopback needs --keys-file."""

    port: Annotated[int, option("ANKUS_PORT", at_least=0, at_most=65535)] = 8080
    """TCP port to listen on; 0 takes a free one and tells it."""

    allowed_host: Annotated[tuple[str, ...], option("ANKUS_ALLOWED_HOSTS", name="--allowed-host")] = ()
    """Further values of the Host header to accept, such as ask.example.org; may be repeated."""

    keys_file: Annotated[Path | None, option("ANKUS_KEYS_FILE")] = None
    """TOML file with who may ask: 'ankus serve keys new' makes an entry. Without it there is no key, and only
    loopback is listened on."""

    conversations_days: Annotated[int, option("ANKUS_CONVERSATIONS_DAYS", at_least=1, at_most=3650)] = 90
    """Days that a conversation is kept after it was last gone on with."""

    approval_seconds: Annotated[float, option("ANKUS_APPROVAL_SECONDS", at_least=1, at_most=86400)] = 300.0
    """How long a call that destroys waits for a person's approval before it is refused."""

    drain_seconds: Annotated[float, option("ANKUS_DRAIN_SECONDS", at_least=0, at_most=3600)] = 30.0
    """After SIGTERM: how long answers that are being made may take to end before they are stopped."""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], option("ANKUS_LOG_LEVEL")] = "warning"
    """Least severe message to log; logs go to standard error."""
