"""Kinds of values that settings are made of; vendors use them for theirs."""

from pathlib import Path
from typing import Annotated, ClassVar, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo

from exporter.redaction import remember
from exporter.settings.units import Shown

_LAST_PORT: Final = 65_535


class FrozenModel(BaseModel):
    """A group of settings: unknown keys are refused, values are never shown in errors, nothing changes later.

    Attributes:
        also_accepted: Keys that are no fields; whoever reads the settings turns them into fields.
    """

    also_accepted: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class Address(NamedTuple):
    """Where to listen.

    Attributes:
        host: The interface's name or address, None for all of them.
        port: The TCP port, 0 for any free one.
    """

    host: str | None
    port: int


def split_address(text: str) -> Address:
    """Return the parts of `:PORT`, `HOST:PORT` or `[IPV6]:PORT`.

    Raises:
        ValueError: It is none of these.
    """
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    sound = colon and port.isascii() and port.isdecimal() and int(port[:6]) <= _LAST_PORT
    if not sound or (":" in host) != bracketed or any(c.isspace() or c in "/[]@" for c in host):
        raise ValueError("not an address: use :PORT, HOST:PORT or [IPV6]:PORT with a port from 0 to 65535")
    return Address(host or None, int(port))


def _listen_address(text: str) -> str:
    split_address(text)
    return text


def _split_url(text: str) -> SplitResult:
    """Return the parts of a URL whose shape the library accepts.

    Raises:
        ValueError: It is no absolute http or https URL.
    """
    message = "not a URL: use http:// or https:// and a host"
    if not text.isprintable() or " " in text:
        raise ValueError(message)
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # The library's own message may repeat the host or the port, and so a password put there by mistake.
        raise ValueError(message) from None
    if not sound:
        raise ValueError(message)
    return parts


def _url(text: str) -> str:
    parts = _split_url(text)
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or a password; give them as keys of their own")
    if parts.fragment or text.endswith("#"):
        raise ValueError("must not hold a fragment (#…)")
    return text if parts.query else text.rstrip("/")


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must not be empty or hold line breaks, control or invisible characters")
    return text


def run_in_worker(path: Path, directory: object) -> Path:
    """Return a file's path, taken from the directory of the configuration file where it is relative."""
    return directory / path if isinstance(directory, Path) else path


def _file(path: Path, info: ValidationInfo) -> Path:
    full = run_in_worker(path, info.context)
    try:
        with full.open("rb"):
            return full
    except OSError as error:
        raise ValueError(f"cannot read {full}: {error.strerror}") from error


def _remembered(secret: SecretStr) -> SecretStr:
    remember(secret.get_secret_value(), lasting=True)
    return secret


Url = Annotated[str, AfterValidator(_url), Shown("URL")]
"""An absolute http or https URL without user name, password, fragment and trailing slash."""

Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_remembered)]
"""A secret `x`, which may also be given as `x_file` or through the environment; from then on it is never shown."""

Name = Annotated[str, AfterValidator(_name), Shown("NAME")]
"""A name for people, shown on one line."""

Text = Annotated[str, Field(min_length=1), Shown("TEXT")]
"""Any text but none."""

File = Annotated[Path, AfterValidator(_file), Shown("FILE")]
"""A file that can be read; relative ones are looked up beside the configuration file."""

ListenAddress = Annotated[str, AfterValidator(_listen_address), Shown("ADDRESS")]
"""Where to listen: `:PORT`, `HOST:PORT` or `[IPV6]:PORT`."""
