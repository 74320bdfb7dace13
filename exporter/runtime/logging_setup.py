"""Log one event per line, as logfmt or JSON, for the exporter and its libraries, with secrets redacted."""

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
_INVALID_IN_KEY: Final = re.compile(r"[^\w.-]")


class _Handler(logging.StreamHandler[TextIO]):
    """The handler installed by `configure`; a type of its own, so that only this one is replaced."""


def configure(level: str, style: str, stream: TextIO | None = None) -> None:
    """Send events of the level and above to a stream, replacing any earlier configuration.

    Args:
        level: `debug`, `info`, `warn` or `error`.
        style: `logfmt` or `json`.
        stream: The stream to write to; standard error by default.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
    ]
    structlog.configure(
        processors=[
            *shared,
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
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
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
    for previous in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(previous)
    root.addHandler(handler)
    root.setLevel(level)
    # One line per scrape would bury everything else; requests are counted in metrics.
    logging.getLogger("aiohttp.access").disabled = True
    logging.getLogger("aiohttp.server").addFilter(_is_not_malformed_request)
    # Nor log every lease renewal, or the HTTP client's internals at debug.
    for client in ("httpx2", "httpcore2", "h2", "hpack"):
        logging.getLogger(client).setLevel(logging.WARNING)


def _is_not_malformed_request(record: logging.LogRecord) -> bool:
    """Return whether an event is anything but a malformed HTTP request.

    The client gets a 400. The library would also log the request, which may contain a password, as a server error.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _short_level(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Rename a level to the value `--log.level` accepts."""
    if event.get("level") == "warning":
        event["level"] = "warn"
    return event


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace secrets and convert every value to plain data."""
    return {key: shown(key, value) for key, value in event.items()}


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Sort the keys common to all lines to the front."""
    return {**{key: event[key] for key in _FIRST if key in event}, **event}


def _one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape characters that end a line, forge a key or control a terminal; the renderer escapes only line feeds."""
    return {_INVALID_IN_KEY.sub("_", key): _plain(value) for key, value in event.items()}


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (bool, int, float)) else _visible(str(value))


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
