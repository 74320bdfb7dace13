"""Logging: one event a line in logfmt or JSON, ours and libraries' alike, secrets never."""

import logging
import re
import sys
from typing import Final, TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import EventDict, Processor, WrappedLogger

from exporter.redaction import shown

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
_FIRST: Final = ("ts", "level", "msg")
_NO_KEY_CHARACTER: Final = re.compile(r"[^\w.-]")


class _Handler(logging.StreamHandler[TextIO]):
    """The one handler that `configure` puts in place, told apart from other people's."""


def configure(level: str, style: str, stream: TextIO | None = None) -> None:
    """Send every event of that level and above to a stream; a later call replaces an earlier one.

    Args:
        level: `debug`, `info`, `warn` or `error`.
        style: `logfmt` or `json`.
        stream: Where to write, standard error unless given.
    """
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
    ]
    structlog.configure(
        processors=[
            *first,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        # A reload may change the level, which a cached logger would not notice.
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.EventRenamer("msg"),
                _short_level,
                _redact,
                *_renderer(style),
            ],
        )
    )
    _install(handler, _LEVELS[level])


def _renderer(style: str) -> list[Processor]:
    if style == "json":
        return [_in_order, structlog.processors.JSONRenderer()]
    return [_one_line, structlog.processors.LogfmtRenderer(key_order=_FIRST, drop_missing=True, bool_as_flag=False)]


def _install(handler: _Handler, level: int) -> None:
    root = logging.getLogger()
    for other in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level)
    # A line for every scrape would drown the rest; what we serve is counted in metrics.
    logging.getLogger("aiohttp.access").disabled = True
    logging.getLogger("aiohttp.server").addFilter(_is_about_us)
    # Likewise a line for every renewal of a lease, and at debug several of its inner life.
    for client in ("httpx2", "httpcore2", "h2", "hpack"):
        logging.getLogger(client).setLevel(logging.WARNING)


def _is_about_us(record: logging.LogRecord) -> bool:
    """Return whether an event tells of more than a client that speaks no HTTP.

    The client is told so. The library would log what it sent, which may hold a password, as an error of ours.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _short_level(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Call a level what `--log.level` calls it."""
    if event.get("level") == "warning":
        event["level"] = "warn"
    return event


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace secrets, and make every value plain data."""
    return {key: shown(key, value) for key, value in event.items()}


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the keys that every line has first."""
    return {**{key: event[key] for key in _FIRST if key in event}, **event}


def _one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape what could end a line, forge a key or steer a terminal; the renderer itself escapes only line feeds."""
    return {_NO_KEY_CHARACTER.sub("_", key): _plain(value) for key, value in event.items()}


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (bool, int, float)) else _visible(str(value))


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
