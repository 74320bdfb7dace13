"""APIO over HTTP: addresses, sign-in, GET requests and error responses."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.apio.error_details import error_details
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.http import Http, RedirectError, Response
from exporter.vendors.toolkit.json_document import decode_json
from exporter.vendors.toolkit.requested_pause import RequestedPause

_SERVICE = "services/call_centers/"


class RefusedError(PollError):
    """The server returned an error status.

    Attributes:
        status: HTTP status code.
    """

    def __init__(self, error: PollError, message: str, status: int) -> None:
        super().__init__(error.reason, message, retry_after=error.retry_after)
        self.status = status


class Endpoint(NamedTuple):
    """Address of a user's call-centre service.

    Attributes:
        user: The user's id; personal data, never part of a message.
        path: Path segments below the service.
    """

    user: str
    path: tuple[str, ...] = ()

    @property
    def redacted(self) -> str:
        """The request without the user's id, for messages."""
        return f"GET users/…/{_SERVICE}{''.join(f'{segment}/' for segment in self.path)}"


class _LoginAnswer(msgspec.Struct):
    access_token: str | None = None
    token: str | None = None


class ApioApi:
    """Client for one group of an APIO tenant.

    Attributes:
        pause: The pause that the server requested.
    """

    def __init__(self, target: ApioSettings, http: Http, clock: Clock) -> None:
        """Prepare the API client; nothing is sent before the first poll."""
        self._target = target
        self._http = http
        self._clock = clock
        self._tokens = TokenSource(self._sign_in, clock, pause=target.poll.interval, renewed=http.session_renewed)
        self._sign_in_failure: PollError | None = None
        self.pause = RequestedPause(clock, target.poll.interval)

    async def begin_poll(self) -> None:
        """Ensure that a token is available.

        A failed sign-in is not retried within the poll. With the minimum interval between renewals, a poll signs in at
        most once more, however many requests are refused: repeated sign-ins lock accounts.

        Raises:
            PollError: Signing in failed.
        """
        self._sign_in_failure = None
        if self._target.token is None:
            await self._tokens.get()

    def require_signed_in(self) -> None:
        """Fail the poll if a sign-in was refused during it, so that the next one is delayed. Raises PollError."""
        failure = self._sign_in_failure
        if failure is not None and failure.sign_in:
            raise failure

    async def get(self, endpoint: Endpoint, time_limit: float | None = None, *, json: object = None) -> bytes:
        """Send a GET request and return the response body.

        Args:
            endpoint: Address of the request.
            time_limit: Seconds to wait for the response; None leaves that to the caller.
            json: Request body; APIO reads one with GET too.

        Raises:
            RefusedError: The server returned an error status.
            PollError: There was no complete response in time, signing in failed, or the server requested a pause that
                has not ended.
        """
        self.pause.require_ended(endpoint.redacted)
        secrets: list[str] = []

        async def send(headers: Mapping[str, str]) -> Response:
            secrets.extend(headers.values())
            return await self._send(endpoint, headers, time_limit, json)

        fixed = self._target.token
        if fixed is not None:
            response = await send(_bearer(fixed.get_secret_value()))
        else:
            response = await self._tokens.authorize(send, "/".join((endpoint.user, *endpoint.path)))
        try:
            return self._body(response, endpoint.redacted, *(secret.removeprefix("Bearer ") for secret in secrets))
        except RefusedError as error:
            self.pause.record(error)
            raise

    async def _send(
        self, endpoint: Endpoint, headers: Mapping[str, str], time_limit: float | None, json: object
    ) -> Response:
        target = self._target
        segments = ("tenants", target.tenant, "groups", target.group, "users", endpoint.user)
        path = "".join(f"{quote(segment, safe='')}/" for segment in endpoint.path)
        url = f"{target.url}/api/v1/{'/'.join(quote(segment, safe='') for segment in segments)}/{_SERVICE}{path}"
        try:
            async with asyncio.timeout(time_limit):
                return await self._http.get(url, headers, json=json)
        except TimeoutError as error:
            raise PollError(Reason.TIMEOUT, f"{endpoint.redacted}: request timed out") from error
        except PollError as error:
            message = str(error).replace(f"GET {URL(url).path}", endpoint.redacted)
            kind = RedirectError if isinstance(error, RedirectError) else PollError
            raise kind(error.reason, message, retry_after=error.retry_after) from error

    def _body(self, response: Response, request: str, *secrets: str) -> bytes:
        try:
            return self._http.require_ok(response, request)
        except PollError as error:
            raise RefusedError(error, f"{error}{error_details(response.body, *secrets)}", response.status) from error

    async def _sign_in(self) -> Token:
        """Sign in, unless that failed within this poll already. Raises PollError."""
        failure = self._sign_in_failure
        if failure is not None:
            message, retry_after = str(failure), failure.retry_after
            raise PollError(failure.reason, message, retry_after=retry_after, sign_in=failure.sign_in) from failure
        try:
            return await self._request_token()
        except PollError as error:
            self._sign_in_failure = error
            raise

    async def _request_token(self) -> Token:
        target = self._target
        password = target.password.get_secret_value() if target.password else ""
        url = f"{target.url}{target.login_path}"
        try:
            async with asyncio.timeout(target.poll.timeout):
                response = await self._http.post(url, json={"username": target.username, "password": password})
        except TimeoutError as error:
            raise PollError(Reason.TIMEOUT, "sign-in: request timed out") from error
        try:
            body = self._http.require_signed_in(response)
        except PollError as error:
            message = f"{error}{error_details(response.body, password, target.username or '')}"
            raise PollError(error.reason, message, retry_after=error.retry_after, sign_in=error.sign_in) from error
        login = decode_json(body, _LoginAnswer, "sign-in", [])
        return Token(login.access_token or login.token or "", None)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
