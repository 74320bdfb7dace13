"""The web configuration file: TLS, users, headers and rate limit, in the format of Prometheus's exporter-toolkit."""

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field

from exporter.runtime.suggest import hint
from exporter.settings import FrozenModel
from exporter.settings.loading.layers import Layers
from exporter.settings.loading.problems import Findings, present
from exporter.settings.loading.validation import check
from exporter.settings.loading.yaml_positions import read
from exporter.settings.sections import Mistake
from exporter.web.authentication import Users
from exporter.web.rate_limit import RateLimit
from exporter.web.tls_server import TlsError, TlsServerConfig, server_context

# The supported headers with their allowed values; empty if any value is allowed.
_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
# The sections in which a key without a value is ignored. A user without a hash must be an error instead.
_SECTIONS: Final = ("tls_server_config", "http_server_config", "rate_limit")


def _header(name: str) -> str:
    if name not in _HEADERS:
        known = f" (known: {', '.join(_HEADERS)})"
        raise ValueError(f"unsupported header{hint(name, _HEADERS) or known}")
    return name


def _no_http2(enabled: bool) -> bool:  # noqa: FBT001 - the library's signature
    if enabled:
        raise ValueError("HTTP/2 is not supported; remove the key or set it to false")
    return enabled


class HttpServerConfig(FrozenModel):
    """HTTP settings."""

    http2: Annotated[bool, AfterValidator(_no_http2)] = False
    """Whether HTTP/2 is enabled; only false is supported."""

    headers: dict[Annotated[str, AfterValidator(_header)], str | None] = Field(default_factory=dict)
    """The headers added to every response; empty values are ignored."""

    @property
    def non_empty(self) -> Mapping[str, str]:
        """The headers with a value."""
        return {name: value for name, value in self.headers.items() if value}

    def mistakes(self) -> Iterator[Mistake]:
        """Yield errors in the values of headers."""
        for name, value in self.non_empty.items():
            allowed = _HEADERS[name]
            if allowed and value not in allowed:
                yield Mistake(name, f"expected {' or '.join(allowed)}")
            if not (value.isascii() and value.isprintable()):
                yield Mistake(name, "must be a single line of ASCII characters")


class WebConfiguration(FrozenModel):
    """The content of a web configuration file."""

    tls_server_config: TlsServerConfig | None = None
    """TLS settings; plain HTTP by default."""

    http_server_config: HttpServerConfig = HttpServerConfig()
    """HTTP settings."""

    basic_auth_users: Users = Field(default_factory=dict)
    """The users allowed to connect; no authentication by default."""

    rate_limit: RateLimit = RateLimit()
    """The rate limit."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files to reload the configuration for when they change."""
        return self.tls_server_config.files if self.tls_server_config else ()


class Loaded(NamedTuple):
    """A web configuration with its TLS context.

    Attributes:
        config: The content of the file.
        tls: The TLS context to serve with, None for plain HTTP.
    """

    config: WebConfiguration
    tls: ssl.SSLContext | None


def load_web_config(path: Path) -> Loaded:
    """Load a web configuration file, which may be empty.

    Raises:
        ConfigError: The file is invalid; contains every error.
    """
    document = read(path, example=_SECTIONS[0], may_be_empty=True)
    findings = Findings(Layers(file=document), path.parent)
    config = check(WebConfiguration, _without_empty_sections(document.data), (), findings)
    context = None
    if config is not None:
        _find_mistakes(config, findings)
        context = _context(config.tls_server_config, findings)
    findings.raise_if_any()
    if config is None:  # pragma: no cover - an invalid model adds a finding
        raise AssertionError
    return Loaded(config, context)


def _without_empty_sections(data: Mapping[str, object]) -> dict[str, object]:
    """Return the keys with a value; an empty section is equivalent to a missing one."""
    values = present(data)
    for key in _SECTIONS:
        section = values.get(key)
        if isinstance(section, dict):
            values[key] = present(section)
    if not values.get("tls_server_config"):
        values.pop("tls_server_config", None)
    return values


def _find_mistakes(config: WebConfiguration, findings: Findings) -> None:
    tls, limit = config.tls_server_config, config.rate_limit
    for mistake in tls.mistakes() if tls else ():
        findings.add(("tls_server_config", mistake.key), mistake.message)
    for mistake in config.http_server_config.mistakes():
        findings.add(("http_server_config", "headers", mistake.key), mistake.message)
    for mistake in limit.mistakes():
        findings.add(("rate_limit", mistake.key), mistake.message)


def _context(config: TlsServerConfig | None, findings: Findings) -> ssl.SSLContext | None:
    if config is None or findings.below(("tls_server_config",)):
        return None
    try:
        return server_context(config)
    except TlsError as error:
        findings.add(("tls_server_config", error.key), str(error))
        return None
