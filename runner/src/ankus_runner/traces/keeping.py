"""Traces of one program: opened before the first question, closed after the last answer."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from ankus_runner.config import Address, HostConfig
from ankus_runner.events import Event, Listener, nobody
from ankus_runner.hooks import Ledger, NoLedger
from ankus_runner.traces.queue import SpanQueue
from ankus_runner.traces.record import Recorder
from ankus_runner.traces.redact import redactor, secrets_of
from ankus_runner.traces.settings import TraceSettings
from ankus_runner.traces.store import opened_store
from ankus_runner.traces.writer import LEAVING, LEAVING_URL, Writer


@dataclass(frozen=True)
class Kept:
    """A listener whose events are kept, and where one may wait until they are."""

    listener: Listener
    ledger: Ledger

    def __call__(self, event: Event) -> None:
        """Keep an event."""
        self.listener(event)


@contextmanager
def kept_traces(
    settings: TraceSettings, own_secrets: Iterable[str], warn: Callable[[str], None]
) -> Iterator[Kept]:
    """What keeps the events of a block, of one run after the other; see `trace_writer`."""
    with trace_writer(settings, own_secrets, warn) as writer:
        yield Kept(Recorder(writer.put), writer) if writer else Kept(nobody, NoLedger())


@contextmanager
def trace_writer(
    settings: TraceSettings, own_secrets: Iterable[str], warn: Callable[[str], None]
) -> Iterator[Writer | None]:
    """What writes records; None where none are kept. The store is started behind it, and fails no answer.

    Args:
        own_secrets: What is taken out wherever it stands.
        warn: Told once, in one line, if something was lost.

    Raises:
        SettingsError: The settings of the traces are wrong.
    """
    if settings.no_traces:
        yield None
        return
    url = settings.traces_url()
    cleaned = redactor([*own_secrets, *secrets_of({"": url or ""})], settings.traces_redact)
    connect = partial(opened_store, url, settings.traces_days, settings.traces_payload_days)
    writer = Writer(SpanQueue(), connect, cleaned, LEAVING_URL if url else LEAVING)
    try:
        yield writer
    finally:
        losses = writer.close()
        if losses is not None:
            warn(str(losses))


def known_secrets(environment: dict[str, str], config: HostConfig) -> list[str]:
    """The secrets of this process and of its servers, by value: variables and headers."""
    found = secrets_of(environment)
    for spec in config.mcpServers.values():
        if isinstance(spec, Address):
            found += [word for value in spec.headers.values() for word in value.split() if len(word) > 8]
            found += secrets_of({"": spec.url})
        else:
            found += secrets_of(spec.env)
    return found
