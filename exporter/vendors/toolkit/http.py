"""One target's HTTP: bounded bodies, one origin, and every way it can fail told apart."""

import email.utils
import ssl
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from multidict import CIMultiDictProxy
from yarl import URL

from exporter import __version__
from exporter.errors import PollError, Reason
from exporter.redaction import remember
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings, TlsConfig

USER_AGENT = f"contactcenter-exporter/{__version__}"
_REFUSED = frozenset({401, 403})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_MOST_CONNECTIONS = 8
_CHUNK_BYTES = 1 << 16
# No vendor's slip of the pen may silence a target for good.
_LONGEST_WAIT_SECONDS = 86_400.0
# A shorter cookie is no proof of a session but a word, such as a language, and words may be shown.
_SHORTEST_SESSION = 12


class Response(NamedTuple):
    """What a vendor answered.

    Attributes:
        status: HTTP status code.
        headers: Its headers.
        body: Its whole body, decompressed.
    """

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class Http:
    """Sends requests for one target."""

    def __init__(
        self, session: aiohttp.ClientSession, clock: Clock, *, body_bytes: int, answered: Callable[[int], None]
    ) -> None:
        """Use a session of this target's own.

        Args:
            session: Where connections, cookies and TLS settings are kept.
            clock: What a date in `Retry-After` is measured against.
            body_bytes: The longest body read, after decompression.
            answered: Told the status code of every answer.
        """
        self._session = session
        self._clock = clock
        self._body_bytes = body_bytes
        self._answered = answered

    async def get(self, url: str, headers: Mapping[str, str] | None = None, *, json: object = None) -> Response:
        """GET an address; redirects are followed only within its origin, so that credentials never leave it.

        Args:
            url: The address.
            headers: Headers of this request.
            json: What to send as its body, for a vendor that reads one; None sends none.

        Raises:
            PollError: There was no whole answer. An answer of any status is returned.
        """
        first = target = URL(url)
        for _ in range(_MOST_REDIRECTS + 1):
            answer = await self._send("GET", target, headers, json=json)
            if answer.status not in _REDIRECTS:
                return answer
            target = _redirected(target, answer)
            if target.origin() != first.origin():
                message = f"GET {first.path}: redirected to another origin ({target.origin()}), not followed"
                raise PollError(Reason.HTTP, message)
        raise PollError(Reason.HTTP, f"GET {first.path}: redirected more than {_MOST_REDIRECTS} times")

    async def post(
        self,
        url: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        json: object = None,
    ) -> Response:
        """POST a form or a JSON document; redirects are not followed.

        Raises:
            PollError: There was no whole answer. An answer of any status is returned.
        """
        return await self._send("POST", URL(url), headers, form=form, json=json)

    async def delete(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """DELETE an address; redirects are not followed.

        Raises:
            PollError: There was no whole answer. An answer of any status is returned.
        """
        return await self._send("DELETE", URL(url), headers)

    def require_ok(self, answer: Response, what: str, refused: Collection[int] = _REFUSED) -> bytes:
        """Return the body of a successful answer.

        Args:
            answer: What came back.
            what: What was asked for, such as `GET /queues`, for the message.
            refused: Status codes that mean the credentials are refused.

        Raises:
            PollError: The status says anything but success.
        """
        status = answer.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return answer.body
        throttled = Reason.THROTTLED if status == HTTPStatus.TOO_MANY_REQUESTS else Reason.HTTP
        reason = Reason.AUTH if status in refused else throttled
        retry_after = _retry_after(answer.headers.get("Retry-After"), self._clock.time())
        raise PollError(reason, f"{what} returned {status}{_phrase(status)}", retry_after=retry_after)

    async def _send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Response:
        wanted = {"Accept": "application/json", **(headers or {})}
        try:
            async with self._session.request(
                method, url, headers=wanted, data=form, json=json, allow_redirects=False
            ) as response:
                self._answered(response.status)
                return Response(response.status, response.headers, await self._read(response, f"{method} {url.path}"))
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise _failure(error, f"{method} {url.path}") from error

    async def _read(self, response: aiohttp.ClientResponse, what: str) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._body_bytes:
                response.close()
                raise PollError(Reason.LIMIT, f"{what}: the body is longer than the limit of {self._body_bytes} bytes")
        return bytes(body)


def _redirected(current: URL, answer: Response) -> URL:
    location = answer.headers.get("Location")
    if not location:
        raise PollError(Reason.HTTP, f"GET {current.path} answered {answer.status} without a location")
    try:
        target = current.join(URL(location))
        target.origin()
    except ValueError as error:
        message = f"GET {current.path} answered {answer.status} with a location that is no address"
        raise PollError(Reason.HTTP, message) from error
    return target


def _failure(error: Exception, what: str) -> PollError:
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return PollError(Reason.TLS, f"{what}: {error}")
        case TimeoutError():
            return PollError(Reason.TIMEOUT, f"{what}: no answer in time")
        case aiohttp.ClientPayloadError() if isinstance(error.__cause__, ContentEncodingError):
            return PollError(Reason.DECODE, f"{what}: the body is not in the encoding it claims")
        case aiohttp.ClientResponseError():
            # The rest of it repeats the address with its query and what the vendor sent: either may hold a secret.
            return PollError(Reason.HTTP, f"{what}: not HTTP: {error.message.partition(':')[0]}")
        case aiohttp.InvalidURL():
            return PollError(Reason.HTTP, f"{what}: not an address")
        case _:
            return PollError(Reason.CONNECTION, f"{what}: {error or type(error).__name__}")


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, given as seconds or as a date."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return seconds_until(float(value), 0.0)
    try:
        return seconds_until(email.utils.parsedate_to_datetime(value).timestamp(), now)
    except (ValueError, OverflowError):
        return None


def seconds_until(moment: float, now: float) -> float:
    """Return how long to wait for a moment that a vendor names, within reason."""
    return min(max(0.0, moment - now), _LONGEST_WAIT_SECONDS)


def basic(username: str, password: str) -> str:
    """Return the value of an `Authorization` header for HTTP basic authentication."""
    credentials = b64encode(f"{username}:{password}".encode()).decode()
    remember(credentials, lasting=True)
    return f"Basic {credentials}"


def cookies(answer: Response) -> str:
    """Return the value of a `Cookie` header that hands back what an answer set; "" where it set nothing."""
    jar = SimpleCookie()
    for header in answer.headers.getall("Set-Cookie", ()):
        with suppress(CookieError):  # one that cannot be named costs only itself
            jar.load(header)
    for morsel in jar.values():
        if len(morsel.value) >= _SHORTEST_SESSION:
            remember(morsel.value)
            remember(morsel.coded_value)
    return "; ".join(f"{name}={morsel.coded_value}" for name, morsel in jar.items())


def open_session(target: TargetSettings) -> aiohttp.ClientSession:
    """Return a session of this target's own, with its TLS settings and no memory of cookies.

    Raises:
        OSError: A certificate or key cannot be read.
        ssl.SSLError: It can be read and is none.
    """
    connector = aiohttp.TCPConnector(limit=_MOST_CONNECTIONS, ssl=_tls(target.tls_config))
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT},
        timeout=aiohttp.ClientTimeout(total=None),  # a poll has one timeout around all its requests
    )


def _tls(config: TlsConfig) -> ssl.SSLContext | bool:
    if config == TlsConfig():
        return True  # the library's own, made once: each takes 45 ms, which hundreds of targets would add up
    context = ssl.create_default_context(cafile=config.ca_file)
    if config.cert_file is not None:
        # Without a password at hand an encrypted key would have it asked for on the terminal.
        context.load_cert_chain(config.cert_file, config.key_file, password="")
    if config.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
