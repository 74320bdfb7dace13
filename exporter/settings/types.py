"""Value types of settings, also used by vendors for their own keys."""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo

from exporter.redaction import remember
from exporter.settings.units import ValueFormat

_LAST_PORT: Final = 65_535
_TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_HEADER_VALUE: Final = re.compile(r"[!-~]+")


class FrozenModel(BaseModel):
    """A group of settings that is immutable, rejects unknown keys and never repeats values in errors.

    Attributes:
        also_accepted: Keys accepted in addition to the fields; the loader maps them to fields.
    """

    also_accepted: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class Address(NamedTuple):
    """An address to listen on.

    Attributes:
        host: The interface's host name or address; None for all interfaces.
        port: The TCP port; 0 for any free port.
    """

    host: str | None
    port: int


def split_address(text: str) -> Address:
    """Return the parts of `:PORT`, `HOST:PORT` or `[IPV6]:PORT`.

    Raises:
        ValueError: The text has none of these forms.
    """
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    valid = colon and port.isascii() and port.isdecimal() and int(port[:6]) <= _LAST_PORT
    if not valid or (":" in host) != bracketed or any(c.isspace() or c in "/[]@" for c in host):
        raise ValueError("invalid address: use :PORT, HOST:PORT or [IPV6]:PORT with a port from 0 to 65535")
    return Address(host or None, int(port))


def _listen_address(text: str) -> str:
    split_address(text)
    return text


def _split_url(text: str) -> SplitResult:
    """Return the parts of an absolute http or https URL.

    Raises:
        ValueError: The URL is invalid.
    """
    message = "invalid URL: use http:// or https:// and a host"
    if not text.isprintable() or " " in text:
        raise ValueError(message)
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # The library's message may repeat the host or port, and with it a password put there by mistake.
        raise ValueError(message) from None
    if not valid:
        raise ValueError(message)
    return parts


def _url(text: str) -> str:
    parts = _split_url(text)
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password; use the corresponding keys")
    if parts.fragment or text.endswith("#"):
        raise ValueError("must not contain a fragment (#…)")
    return text if parts.query else text.rstrip("/")


def _base_url(url: str) -> str:
    if "?" in url:
        raise ValueError("must not contain a query (?…); paths are appended to it")
    return url.rstrip("/")


def _without_breaks(secret: object) -> object:
    """Return a secret without a byte-order mark and surrounding line breaks, which editors and `echo` add."""
    return secret.removeprefix("\ufeff").strip("\r\n") if isinstance(secret, str) else secret


def _header_value(secret: SecretStr) -> SecretStr:
    if not _HEADER_VALUE.fullmatch(secret.get_secret_value()):
        raise ValueError("contains characters not allowed in an HTTP header")
    return secret


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not a time zone: use a name such as Europe/Paris") from error
    return text


def _time_of_day(text: str) -> str:
    if not _TIME_OF_DAY.fullmatch(text):
        raise ValueError("not a time of day: use HH:MM")
    return text


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must not be empty or contain line breaks, control or invisible characters")
    return text


def resolve_path(path: Path, directory: object) -> Path:
    """Resolve a relative path against the directory of the configuration file."""
    return directory / path if isinstance(directory, Path) else path


def _file(path: Path, info: ValidationInfo) -> Path:
    full = resolve_path(path, info.context)
    try:
        with full.open("rb"):
            return full
    except OSError as error:
        raise ValueError(f"cannot read {full}: {error.strerror}") from error


def _register_for_redaction(secret: SecretStr) -> SecretStr:
    remember(secret.get_secret_value(), lasting=True)
    return secret


Url = Annotated[str, AfterValidator(_url), ValueFormat("URL")]
"""An absolute http or https URL without user name, password or fragment; a trailing slash is removed."""

Zone = Annotated[str, AfterValidator(_zone)]
"""The name of a time zone."""

TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
"""A time of day as HH:MM."""

BaseUrl = Annotated[Url, AfterValidator(_base_url)]
"""A URL to which paths are appended, without a query."""

Secret = Annotated[
    SecretStr, BeforeValidator(_without_breaks), Field(min_length=1), AfterValidator(_register_for_redaction)
]
"""A secret `x`, which can also be set by `x_file` or an environment variable; it is redacted from all output."""

HeaderSecret = Annotated[Secret, AfterValidator(_header_value)]
"""A secret that is sent in an HTTP header of its own."""

Name = Annotated[str, AfterValidator(_name), ValueFormat("NAME")]
"""A human-readable name on a single line."""

Text = Annotated[str, Field(min_length=1), ValueFormat("TEXT")]
"""A non-empty string."""

File = Annotated[Path, AfterValidator(_file), ValueFormat("FILE")]
"""A readable file; relative paths are resolved against the configuration file's directory."""

ListenAddress = Annotated[str, AfterValidator(_listen_address), ValueFormat("ADDRESS")]
"""An address to listen on: `:PORT`, `HOST:PORT` or `[IPV6]:PORT`."""
