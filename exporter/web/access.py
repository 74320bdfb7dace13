"""Access control for every route: the current web configuration, reloaded when its files change."""

import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Self

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from exporter.errors import ConfigError, Problem
from exporter.polling.transition_log import TransitionLog
from exporter.runtime.clock import Clock
from exporter.web.authentication import CHALLENGE, BasicAuthenticator, read_credentials
from exporter.web.rate_limit import Bucket
from exporter.web.webconfig import Loaded, load_web_config

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# The minimum interval between checks of the files, independent of the request rate.
_CHECK_SECONDS: Final = 1.0

_Fingerprint = tuple[int, int, int]
_Fingerprints = tuple[_Fingerprint | None, ...]


class AccessMiddleware:
    """Enforces the web configuration (TLS, users, rate limit).

    The file and the certificates it references are checked for changes on new connections and requests, at most once a
    second. An invalid change keeps the current configuration. Established connections keep their TLS context.
    """

    def __init__(self, file: Path, clock: Clock) -> None:
        """Load the web configuration file.

        Raises:
            ConfigError: The file or a certificate is invalid.
        """
        self._file = file
        self._clock = clock
        self._authenticator = BasicAuthenticator()
        self._loaded, self._fingerprints = self._load((file,))
        self._bucket = Bucket(self._loaded.config.rate_limit, clock)
        self._failures = TransitionLog(log, "error")
        self._next_check = clock.monotonic() + _CHECK_SECONDS
        self.tls: Final = None if self._loaded.tls is None else _CurrentContext(self)
        """The TLS context to serve with, None for plain HTTP; each new connection uses the current configuration."""

    def install(self, application: web.Application) -> None:
        """Control access to every route of an application."""
        application.middlewares.insert(0, self._check_access)
        application.on_response_prepare.append(self._add_headers)

    def reload(self) -> None:
        """Reload the file, whether or not it changed.

        Raises:
            ConfigError: The file or a certificate is invalid; the current configuration is kept.
        """
        loaded, fingerprints = self._load(self._files)
        if (loaded.tls is None) != (self.tls is None):
            raise ConfigError((Problem(str(self._file), "enabling or disabling TLS requires a restart"),))
        if loaded.config.rate_limit != self._loaded.config.rate_limit:
            self._bucket = Bucket(loaded.config.rate_limit, self._clock)
        self._loaded, self._fingerprints = loaded, fingerprints
        self._failures.end()

    def current(self) -> Loaded:
        """Return the current configuration, reloaded first if a check is due and its files changed."""
        now = self._clock.monotonic()
        if now >= self._next_check:
            self._next_check = now + _CHECK_SECONDS
            # The fix may be in a file the current configuration does not reference.
            if self._failures.active or _fingerprints(self._files) != self._fingerprints:
                self._try_reload()
        return self._loaded

    @property
    def _files(self) -> tuple[Path, ...]:
        return (self._file, *self._loaded.config.files)

    def _load(self, files: tuple[Path, ...]) -> tuple[Loaded, _Fingerprints]:
        """Return the configuration and the fingerprints of its files, taken first so that later changes are detected.

        Args:
            files: The files the configuration is expected to reference.
        """
        while True:
            fingerprints = _fingerprints(files)
            loaded = load_web_config(self._file)
            referenced = (self._file, *loaded.config.files)
            if referenced == files:
                return loaded, fingerprints
            files = referenced

    def _try_reload(self) -> None:
        try:
            self.reload()
        except ConfigError as error:
            message = "web configuration reload failed; keeping the current one"
            self._failures.report({str(error)}, message, error=str(error))
        else:
            log.info("web configuration reloaded", file=str(self._file))

    @web.middleware
    async def _check_access(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        config = self.current().config
        transport = request.transport
        certificate = transport.get_extra_info("peercert") if transport else None
        if config.tls_server_config and not config.tls_server_config.allows(certificate):
            raise web.HTTPForbidden(text="client certificate SAN is not allowed\n")
        if not self._bucket.take():
            raise web.HTTPTooManyRequests(text="too many requests\n")
        users = config.basic_auth_users
        credentials = read_credentials(request.headers.get(hdrs.AUTHORIZATION))
        if users and not await self._authenticator.authenticate(credentials, users):
            raise web.HTTPUnauthorized(text="unauthorized\n", headers={hdrs.WWW_AUTHENTICATE: CHALLENGE})
        return await handler(request)

    async def _add_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(self._loaded.config.http_server_config.non_empty)


class _CurrentContext(ssl.SSLContext):
    """Delegates each new connection to the current TLS context; a server keeps the context object it started with."""

    def __new__(cls, _access: AccessMiddleware) -> Self:
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(self, access: AccessMiddleware) -> None:
        self._access = access

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:  # noqa: ANN401 - the library's signature
        """Return the TLS object of a new connection."""
        context = self._access.current().tls
        assert context is not None  # noqa: S101 - disabling TLS requires a restart
        return context.wrap_bio(*args, **kwargs)


def _fingerprints(files: Iterable[Path]) -> _Fingerprints:
    return tuple(map(_fingerprint, files))


def _fingerprint(path: Path) -> _Fingerprint | None:
    """Return values that change with the file, None if it is not accessible."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
