"""HTTP for one target: bounded bodies, redirects within one origin, and failures classified by reason."""

import email.utils
import re
import ssl
from base64 import b64encode
from codecs import BOM_UTF8
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import NamedTuple

import aiohttp
from aiohttp import ClientRequest
from aiohttp.connector import Connection
from aiohttp.http_exceptions import ContentEncodingError
from aiohttp.tracing import Trace
from multidict import CIMultiDictProxy
from yarl import URL

from exporter import __version__
from exporter.errors import PollError, Reason
from exporter.redaction import remember
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings, TlsConfig
from exporter.vendors.toolkit.error_text import error_text
from exporter.vendors.toolkit.json_document import require_success, to_utf8
from exporter.vendors.toolkit.permission import always
from exporter.vendors.toolkit.proxy import Proxy

USER_AGENT = f"contactcenter-exporter/{__version__}"
_REFUSED = frozenset({401, 403})
# 409: the user is signed in elsewhere; 423: the account is locked. Both are made worse by further attempts.
_SIGN_IN_REFUSED = frozenset({400, 401, 403, 409, 423})
# White space before the first tag of a login page.
_PAGE_BYTES = 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_MOST_CONNECTIONS = 8
_CHUNK_BYTES = 1 << 16
# Gateways add headers, such as cookies and tokens, beyond the library's 8 KiB.
_MAX_HEADER_BYTES = 64_000
# A wrong date or number from a vendor must not stop a target for longer.
_LONGEST_WAIT_SECONDS = 86_400.0
# A shorter cookie is not a session secret but a plain value, such as a language, which need not be redacted.
_SHORTEST_SESSION = 12
# A cookie's attributes are not read: an unknown one, such as `Partitioned`, must not invalidate the cookie.
_COOKIE = re.compile(r"\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*([!-:<-~](?:[ -:<-~]*[!-:<-~])?)?\s*(?:;|$)")


def _ignore() -> None:
    """Count no renewals."""


class Response(NamedTuple):
    """A vendor's response.

    Attributes:
        status: HTTP status code.
        headers: The headers.
        body: The whole body, decompressed.
    """

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def date(self) -> float | None:
        """The vendor's time in seconds since the epoch, from the `Date` header; None if absent or invalid."""
        return _timestamp(self.headers.get("Date", ""))

    @property
    def is_refusal(self) -> bool:
        """Whether the vendor refused the session: 401, 403, a redirect, or a login page instead of JSON."""
        is_page = self.body[:_PAGE_BYTES].removeprefix(BOM_UTF8).lstrip().startswith(b"<")
        return self.status in _REFUSED or self.status in _REDIRECTS or (self.status == HTTPStatus.OK and is_page)


class RedirectError(PollError):
    """A request was redirected to another origin or too often, as to the login page of an ended session."""


class Http:
    """The HTTP client of one target.

    Attributes:
        session_renewed: Called by a sign-in that renews a session or token which the vendor ended early.
        gets: The number of GET requests so far.
    """

    def __init__(  # noqa: PLR0913 - the parts of one target
        self,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        body_bytes: int,
        answered: Callable[[int], None],
        metered: Callable[[float, float], None] | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        """Use the target's own session.

        Args:
            session: Holds connections and TLS settings.
            clock: The time against which a date in `Retry-After` is measured if the response has no `Date`.
            body_bytes: The largest body read, after decompression.
            answered: Called with the status code of every response.
            metered: Called with the limit of the vendor's quota and how much of it is used.
            proxy: The proxy for requests; None for none.
        """
        self.session_renewed: Callable[[], None] = _ignore
        self.gets = 0
        self._session = session
        self._clock = clock
        self._body_bytes = body_bytes
        self._answered = answered
        self._metered = metered
        self._proxy = proxy

    async def get(self, url: str, headers: Mapping[str, str] | None = None, *, json: object = None) -> Response:
        """GET a URL; redirects are followed only within its origin, so that credentials never leave it.

        Args:
            url: The URL.
            headers: Headers of this request.
            json: A request body, for a vendor that reads one; None for no body.

        Raises:
            PollError: There was no complete response. A response of any status is returned.
        """
        first = target = URL(url)
        for _ in range(_MOST_REDIRECTS + 1):
            self.gets += 1
            response = await self.send("GET", target, headers, json=json)
            if response.status not in _REDIRECTS:
                return response
            target = _redirected(target, response)
            if target.origin() != first.origin():
                message = f"GET {first.path}: redirected to another origin ({target.origin()}), not followed"
                raise RedirectError(Reason.HTTP, message)
        raise RedirectError(Reason.HTTP, f"GET {first.path}: redirected more than {_MOST_REDIRECTS} times")

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
            PollError: There was no complete response. A response of any status is returned.
        """
        return await self.send("POST", URL(url), headers, form=form, json=json)

    async def delete(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """DELETE a URL; redirects are not followed.

        Raises:
            PollError: There was no complete response. A response of any status is returned.
        """
        return await self.send("DELETE", URL(url), headers)

    def report_quota(self, limit: float, used: float) -> None:
        """Report the vendor's quota: the requests allowed in its period, and those made."""
        if self._metered is not None:
            self._metered(limit, used)

    def require_signed_in(self, response: Response) -> bytes:
        """Return the body of a successful response to a sign-in.

        Raises:
            PollError: The status is not 2xx, or the response reports an error; `sign_in` is true if the vendor refused
                the credentials.
        """
        try:
            body = self.require_ok(response, "sign-in", refused=_SIGN_IN_REFUSED)
        except PollError as error:
            error.sign_in = error.reason is Reason.AUTH
            raise
        try:
            require_success(body, "sign-in")
        except PollError as error:
            raise PollError(Reason.AUTH, str(error), sign_in=True) from error
        return body

    def require_ok(
        self,
        response: Response,
        request: str,
        refused: Collection[int] = _REFUSED,
        *,
        signs_in: bool = False,
        shows_text: bool = False,
    ) -> bytes:
        """Return the body of a successful response.

        Args:
            response: The response.
            request: The request, such as `GET /queues`, for the message.
            refused: Status codes that mean the credentials are refused.
            signs_in: Whether the request carried the credentials themselves, such as by HTTP basic authentication: a
                401 is then a refused sign-in.
            shows_text: Whether the vendor explains a 400 in plain text, which then becomes part of the message.

        Raises:
            PollError: The status is not 2xx.
        """
        status = response.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return response.body
        throttled = Reason.THROTTLED if status == HTTPStatus.TOO_MANY_REQUESTS else Reason.HTTP
        reason = Reason.AUTH if status in refused else throttled
        now = self._clock.time() if response.date is None else response.date
        retry_after = _retry_after(response.headers.get("Retry-After"), now)
        message = f"{request} returned {status}{_phrase(status)}"
        if shows_text and status == HTTPStatus.BAD_REQUEST and (text := error_text(response.body)):
            message = f"{message}: {text}"
        refused_sign_in = signs_in and status == HTTPStatus.UNAUTHORIZED
        raise PollError(reason, message, retry_after=retry_after, sign_in=refused_sign_in)

    async def send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Response:
        """Send one request; everything that reaches the vendor passes here, so that recordings replace it.

        Args:
            method: The HTTP method.
            url: The URL.
            headers: Headers of this request.
            form: A form as the body.
            json: A JSON document as the body.

        Raises:
            PollError: There was no complete response. A response of any status is returned.
        """
        all_headers = {"Accept": "application/json", **(headers or {})}
        try:
            async with self._session.request(
                method,
                url,
                headers=all_headers,
                data=form,
                json=json,
                allow_redirects=False,
                proxy=self._proxy.url_for(url) if self._proxy else None,
            ) as response:
                self._answered(response.status)
                body = to_utf8(await self._read(response, f"{method} {url.path}"), response.charset)
                return Response(response.status, response.headers, body)
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise _failure(error, f"{method} {url.path}") from error

    async def _read(self, response: aiohttp.ClientResponse, request: str) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._body_bytes:
                response.close()
                raise PollError(Reason.LIMIT, f"{request}: response body exceeds the limit of {self._body_bytes} bytes")
        return bytes(body)


def _redirected(current: URL, response: Response) -> URL:
    location = response.headers.get("Location")
    if not location:
        raise PollError(Reason.HTTP, f"GET {current.path} returned {response.status} without a Location header")
    try:
        target = current.join(URL(location))
        target.origin()
    except ValueError as error:
        message = f"GET {current.path} returned {response.status} with an invalid Location header"
        raise PollError(Reason.HTTP, message) from error
    return target


def _failure(error: Exception, request: str) -> PollError:
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return PollError(Reason.TLS, f"{request}: {error}")
        case TimeoutError():
            return PollError(Reason.TIMEOUT, f"{request}: timed out")
        case aiohttp.ClientPayloadError() if isinstance(error.__cause__, ContentEncodingError):
            return PollError(Reason.DECODE, f"{request}: response body does not match its Content-Encoding")
        case aiohttp.ClientResponseError():
            # The rest of the message repeats the URL with its query and the response: either may contain a secret.
            return PollError(Reason.HTTP, f"{request}: invalid HTTP response: {error.message.partition(':')[0]}")
        case aiohttp.InvalidURL():
            return PollError(Reason.HTTP, f"{request}: invalid URL")
        case _:
            return PollError(Reason.CONNECTION, f"{request}: {error or type(error).__name__}")


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds of a `Retry-After` header, given as seconds or as a date; None if absent or invalid."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return seconds_until(float(value), 0.0)
    moment = _timestamp(value)
    return None if moment is None else seconds_until(moment, now)


def _timestamp(date: str) -> float | None:
    """Return the seconds since the epoch of a date in a header, None if it is invalid."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


def seconds_until(moment: float, now: float) -> float:
    """Return the seconds until a time given by a vendor, at least 0 and at most a day."""
    return min(max(0.0, moment - now), _LONGEST_WAIT_SECONDS)


def basic(username: str, password: str) -> str:
    """Return the value of an `Authorization` header for HTTP basic authentication."""
    credentials = b64encode(f"{username}:{password}".encode()).decode()
    remember(credentials, lasting=True)
    return f"Basic {credentials}"


def cookies(response: Response) -> str:
    """Return the value of a `Cookie` header with the cookies that a response set; "" if it set none."""
    received = map(_COOKIE.match, response.headers.getall("Set-Cookie", ()))
    jar = {cookie[1]: cookie[2] or "" for cookie in received if cookie is not None}
    for value in jar.values():
        if len(value.strip('"')) >= _SHORTEST_SESSION:
            remember(value)
            remember(value.strip('"'))
    return "; ".join(f"{name}={value}" for name, value in jar.items())


class _Connector(aiohttp.TCPConnector):
    """Connections of one target, over which requests are sent only while they are permitted."""

    def __init__(self, may_send: Callable[[], bool], tls: ssl.SSLContext | bool) -> None:  # noqa: FBT001 - the library's
        super().__init__(limit=_MOST_CONNECTIONS, ssl=tls)
        self._may_send = may_send

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the library's signature
    ) -> Connection:
        """Return a connection, on which the request is written without waiting for anything else."""
        self._require_permission()
        connection = await super().connect(req, traces, timeout)
        try:
            self._require_permission()
        except aiohttp.ClientConnectionError:
            connection.close()
            raise
        return connection

    def _require_permission(self) -> None:
        if not self._may_send():
            raise aiohttp.ClientConnectionError("not sent: this replica no longer leads")


def open_session(target: TargetSettings, may_send: Callable[[], bool] = always) -> aiohttp.ClientSession:
    """Return a session for one target, with its TLS settings and without a cookie jar.

    Args:
        target: The target's configuration.
        may_send: Returns whether a request may be sent at this moment; asked just before it is.

    Raises:
        OSError: A certificate or key cannot be read.
        ssl.SSLError: A certificate or key is invalid.
    """
    return aiohttp.ClientSession(
        connector=_Connector(may_send, _tls(target.tls_config)),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT},
        max_line_size=_MAX_HEADER_BYTES,
        max_field_size=_MAX_HEADER_BYTES,
        timeout=aiohttp.ClientTimeout(total=None),  # a poll has one timeout around all its requests
    )


def _tls(config: TlsConfig) -> ssl.SSLContext | bool:
    if config == TlsConfig():
        return True  # the library's shared default; creating one takes 45 ms per target
    context = ssl.create_default_context(cafile=config.ca_file)
    if config.cert_file is not None:
        # Without a password argument OpenSSL would prompt for that of an encrypted key on the terminal.
        context.load_cert_chain(config.cert_file, config.key_file, password="")
    if config.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
