"""What stands before every route: the web configuration in force, read again when its files change."""

import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Self

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from exporter.errors import ConfigError, Problem
from exporter.runtime.clock import Clock
from exporter.web.authentication import CHALLENGE, BasicAuthenticator, read_credentials
from exporter.web.rate_limit import Bucket
from exporter.web.webconfig import Loaded, load_web_config

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# How often files are looked at, however many requests come.
_LOOK_SECONDS: Final = 1.0

_Seen = tuple[tuple[int, int, int] | None, ...]


class AccessMiddleware:
    """Lets in whom a web configuration file lets in.

    The file and the certificates it names are looked at when somebody connects or asks, at most once a second. What
    cannot be used leaves what is in force as it is. Connections that are open keep the TLS they began with.
    """

    def __init__(self, file: Path, clock: Clock) -> None:
        """Read the file.

        Raises:
            ConfigError: It cannot be used.
        """
        self._file = file
        self._clock = clock
        self._authenticator = BasicAuthenticator()
        self._loaded, self._seen = self._load((file,))
        self._bucket = Bucket(self._loaded.config.rate_limit, clock)
        self._problem: str | None = None
        self._look_at = clock.monotonic() + _LOOK_SECONDS
        self.tls: Final = None if self._loaded.tls is None else _FollowingContext(self)
        """What to serve with, None for plain HTTP; new connections get what is then in force."""

    def protect(self, application: web.Application) -> None:
        """Stand before every route of an application."""
        application.middlewares.insert(0, self._admit)
        application.on_response_prepare.append(self._add_headers)

    def reload(self) -> None:
        """Read the file anew, whether or not it changed.

        Raises:
            ConfigError: It cannot be used; what is in force stays.
        """
        loaded, seen = self._load(self._files)
        if (loaded.tls is None) != (self.tls is None):
            change = "on" if self.tls is None else "off"
            raise ConfigError((Problem(str(self._file), f"TLS is turned {change} by a restart only"),))
        if loaded.config.rate_limit != self._loaded.config.rate_limit:
            self._bucket = Bucket(loaded.config.rate_limit, self._clock)
        self._loaded, self._seen, self._problem = loaded, seen, None

    def in_force(self) -> Loaded:
        """Return what is in force, after a look at the files where it is time for one."""
        now = self._clock.monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK_SECONDS
            # What was wrong may have been mended in a file that the configuration in force does not name.
            if self._problem is not None or _look(self._files) != self._seen:
                self._try_reload()
        return self._loaded

    @property
    def _files(self) -> tuple[Path, ...]:
        return (self._file, *self._loaded.config.files)

    def _load(self, files: tuple[Path, ...]) -> tuple[Loaded, _Seen]:
        """Return what the files say, and how they looked before they were read: a later change is then noticed.

        Args:
            files: The files it probably takes.
        """
        while True:
            seen = _look(files)
            loaded = load_web_config(self._file)
            needed = (self._file, *loaded.config.files)
            if needed == files:
                return loaded, seen
            files = needed

    def _try_reload(self) -> None:
        try:
            self.reload()
        except ConfigError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                # Whose mistake it is has no use for a traceback.
                log.error("web configuration not reloaded: the one in force stays", error=self._problem)  # noqa: TRY400
        else:
            log.info("web configuration reloaded", file=str(self._file))

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        config = self.in_force().config
        transport = request.transport
        certificate = transport.get_extra_info("peercert") if transport else None
        if config.tls_server_config and not config.tls_server_config.allows(certificate):
            raise web.HTTPForbidden(text="the client certificate holds no allowed name\n")
        if not self._bucket.take():
            raise web.HTTPTooManyRequests(text="too many requests\n")
        users = config.basic_auth_users
        credentials = read_credentials(request.headers.get(hdrs.AUTHORIZATION))
        if users and not await self._authenticator.lets_in(credentials, users):
            raise web.HTTPUnauthorized(text="unauthorized\n", headers={hdrs.WWW_AUTHENTICATE: CHALLENGE})
        return await handler(request)

    async def _add_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(self._loaded.config.http_server_config.given)


class _FollowingContext(ssl.SSLContext):
    """Stands for the context in force at each new connection; a server keeps the one it was started with."""

    def __new__(cls, _guard: AccessMiddleware) -> Self:
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(self, guard: AccessMiddleware) -> None:
        self._guard = guard

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:  # noqa: ANN401 - the library's signature
        """Return the TLS of a new connection."""
        context = self._guard.in_force().tls
        assert context is not None  # noqa: S101 - it is never turned off
        return context.wrap_bio(*args, **kwargs)


def _look(files: Iterable[Path]) -> _Seen:
    return tuple(map(_fingerprint, files))


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file does, None where it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
