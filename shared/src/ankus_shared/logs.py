"""Logs go to standard error, in one form for our own loggers and those of libraries.

Modules log with `logging.getLogger(__name__)` or `structlog.get_logger(__name__)`; the program calls
`configure` once. The standard library's loggers are also quiet where nothing is configured, as in a test.
"""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SHARED: tuple[Processor, ...] = (
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@]+@")
_NAMED_SECRET = re.compile(
    r"(?i)\b((?:password|passwd|token|api[_-]?key)\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s'\",;&]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]+")


def configure(level: str) -> None:
    """Send what is at least as severe as `level` (debug, info, warning or error) to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(colors=sys.stderr.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def without_secrets(text: str) -> str:
    """Replace what looks like a password in a URL or a connection string, or a bearer token, by `***`."""
    text = _URL_PASSWORD.sub(r"\1***@", text)
    text = _NAMED_SECRET.sub(r"\1***", text)
    return _BEARER.sub(r"\1***", text)


def _formatter(*, colors: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # a plain traceback: structlog's default prints local variables, passwords included
            structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback),
            _censor,
        ],
    )


def _censor(_logger: WrappedLogger, _method: str, rendered: EventDict | str) -> str:
    return without_secrets(str(rendered))
