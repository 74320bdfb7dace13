"""The web configuration file: TLS, users, headers and a rate limit, in the format of Prometheus's exporter-toolkit."""

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

# The headers that can be set, each with the values it may have; any where none are named.
_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
# Where a key without a value says nothing. Not so among users: one without a hash must not vanish unnoticed.
_SECTIONS: Final = ("tls_server_config", "http_server_config", "rate_limit")


def _header(name: str) -> str:
    if name not in _HEADERS:
        known = f" (known: {', '.join(_HEADERS)})"
        raise ValueError(f"this header cannot be set{hint(name, _HEADERS) or known}")
    return name


def _no_http2(wanted: bool) -> bool:  # noqa: FBT001 - the library's signature
    if wanted:
        raise ValueError("HTTP/2 is not supported: leave it out or say false")
    return wanted


class HttpServerConfig(FrozenModel):
    """How HTTP is spoken."""

    http2: Annotated[bool, AfterValidator(_no_http2)] = False
    """Whether HTTP/2 is spoken, which it is not."""

    headers: dict[Annotated[str, AfterValidator(_header)], str | None] = Field(default_factory=dict)
    """Headers of every answer; an empty one is not set."""

    @property
    def given(self) -> Mapping[str, str]:
        """The headers to set."""
        return {name: value for name, value in self.headers.items() if value}

    def mistakes(self) -> Iterator[Mistake]:
        """Yield the headers whose value is wrong."""
        for name, value in self.given.items():
            allowed = _HEADERS[name]
            if allowed and value not in allowed:
                yield Mistake(name, f"expected {' or '.join(allowed)}")
            if not (value.isascii() and value.isprintable()):
                yield Mistake(name, "must be one line of ASCII characters")


class WebConfiguration(FrozenModel):
    """What a web configuration file says."""

    tls_server_config: TlsServerConfig | None = None
    """TLS; plain HTTP unless given."""

    http_server_config: HttpServerConfig = HttpServerConfig()
    """HTTP."""

    basic_auth_users: Users = Field(default_factory=dict)
    """Who may come in; everybody unless given."""

    rate_limit: RateLimit = RateLimit()
    """How many requests are answered."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files whose change changes what this means."""
        return self.tls_server_config.files if self.tls_server_config else ()


class Loaded(NamedTuple):
    """A web configuration with its certificates.

    Attributes:
        config: What the file says.
        tls: What to serve with, None for plain HTTP.
    """

    config: WebConfiguration
    tls: ssl.SSLContext | None


def load_web_config(path: Path) -> Loaded:
    """Return what a web configuration file says; an empty one says nothing.

    Raises:
        ConfigError: Something is wrong; it holds every mistake.
    """
    document = read(path, example=_SECTIONS[0], may_be_empty=True)
    findings = Findings(Layers(file=document), path.parent)
    config = check(WebConfiguration, _said(document.data), (), findings)
    context = None
    if config is not None:
        _find_mistakes(config, findings)
        context = _context(config.tls_server_config, findings)
    findings.raise_if_any()
    if config is None:  # pragma: no cover - a model that is not built has told why
        raise AssertionError
    return Loaded(config, context)


def _said(data: Mapping[str, object]) -> dict[str, object]:
    """Return the keys that say something; an empty section is the same as none."""
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
