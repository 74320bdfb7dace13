"""Bright Pattern over HTTP: addresses, both ways to sign in, and the responses of a subscription."""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.redaction import remember
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.tables import PARAMETER
from exporter.vendors.toolkit.http import Http, Response, cookies
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.readers import UnmappedError, number

# Ids of the app and the grids of a subscription; the client chooses them.
APP = "1"
GRID = "1"

_SESSION_PATH = "/statsapi/auth"
_TOKEN_PATH = "/configapi/v2/oauth/token"  # noqa: S105 - a path
_SUBSCRIPTION_PATH = "/statsapi/subscription"
_SERVICES_PATH = "/statsapi/cfg/services"
_DISPOSITIONS_PATH = "/statsapi/cfg/dispositions"
_AVAILABILITY_PATH = "/statsapi/info/check_available_agents"

_COOKIE = "X-BP-SESSION-ID"
# The response of later versions to a session sign-in.
_REQUIRES_OAUTH = b"illegal login attempt"
_SENDABLE = re.compile(r"[!#-+\--:<-\[\]-~]+")
# A token is renewed in the last minute of its lifetime, or the last tenth of a shorter one.
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1
_FILTER = ("filter_by", "filter_operation", "filter_value")
_MAX_MESSAGE_LENGTH = 200
# What stands for the rows of a grid that has none: nothing, null or an empty string.
_NO_ROWS = frozenset({b"", b"null", b'""'})


class SignIn(NamedTuple):
    """A successful sign-in.

    Attributes:
        headers: Headers of the following requests; secret.
        renew_at: When to sign in again, in seconds of the monotonic clock.
    """

    headers: Mapping[str, str]
    renew_at: float


class Grid(msgspec.Struct):
    """Rows of one grid; without any if the vendor sends none."""

    id: Any = None
    values: msgspec.Raw = msgspec.Raw(b"")


class Data(msgspec.Struct):
    """Data of a subscription; what has none may be an empty text, and the totals an empty list."""

    stats_totals: Any = None
    service_grids: list[Grid | None] | Grid | str | None = None
    agent_grids: list[Grid | None] | Grid | str | None = None


class _SessionAnswer(msgspec.Struct):
    token: str


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: Any = None


class _Refusal(msgspec.Struct):
    error_code: Any = None
    error_message: Any = None


class _Dispositions(msgspec.Struct):
    dispositions: list[Any]


class _Availability(msgspec.Struct):
    availability: bool | list[bool]


class BrightPatternApi:
    """API of one tenant."""

    def __init__(self, target: BrightPatternSettings, http: Http) -> None:
        """Prepare the API client; nothing is sent yet."""
        self._target = target
        self._http = http
        self._subscription_url = f"{target.url}{_SUBSCRIPTION_PATH}"

    async def sign_in(self, now: float) -> SignIn:
        """Sign in with the configured authentication.

        Args:
            now: Seconds of the monotonic clock.

        Raises:
            PollError: Signing in failed.
        """
        return await (self._sign_in_by_token(now) if self._target.auth == "oauth" else self._sign_in_by_session())

    async def subscribe(self, headers: Mapping[str, str], definition: Mapping[str, object]) -> Response:
        """Create the subscription. Raises PollError."""
        return await self._http.post(self._subscription_url, headers=headers, json=definition)

    def require_subscribed(self, response: Response) -> None:
        """Require a successful response to `subscribe`. Raises PollError."""
        request = f"POST {_SUBSCRIPTION_PATH}"
        match response.status:
            case HTTPStatus.BAD_REQUEST:
                message = f"{request} returned 400{explanation(response.body)}"
                raise PollError(Reason.INVALID, f"{message} (use `omit` to exclude statistics this version lacks)")
            case HTTPStatus.CONFLICT:
                message = f"{request} returned 409: the tenant's limit of subscriptions is reached"
                raise PollError(Reason.THROTTLED, message)
        self._http.require_ok(response, request)

    async def get_data(self, headers: Mapping[str, str]) -> Response:
        """Request the data of the subscription. Raises PollError."""
        return await self._http.get(f"{self._subscription_url}/data", headers)

    def require_data(self, response: Response) -> bytes:
        """Return the body of a successful response to `get_data`. Raises PollError."""
        return self._http.require_ok(response, f"GET {_SUBSCRIPTION_PATH}/data")

    async def unsubscribe(self, headers: Mapping[str, str]) -> None:
        """Delete the subscription; one that no longer exists is not an error. Raises PollError."""
        response = await self._http.delete(f"{self._subscription_url}/active", headers)
        if response.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
            self._http.require_ok(response, f"DELETE {_SUBSCRIPTION_PATH}/active")

    async def get_services(self, headers: Mapping[str, str]) -> bytes:
        """Request the ids and names of services as a JSON list; not every version has it. Raises PollError."""
        response = await self._http.get(f"{self._target.url}{_SERVICES_PATH}", headers)
        body = self._http.require_ok(response, f"GET {_SERVICES_PATH}")
        return bytes(decode_json(body, msgspec.Raw, "services", []))

    async def get_dispositions(self, headers: Mapping[str, str]) -> Sequence[object]:
        """Request the names of the dispositions of all supervised services. Raises PollError."""
        response = await self._http.get(f"{self._target.url}{_DISPOSITIONS_PATH}", headers)
        body = self._http.require_ok(response, f"GET {_DISPOSITIONS_PATH}")
        return decode_json(body, _Dispositions, "dispositions", []).dispositions

    async def is_available(self, service: str) -> bool:
        """Return whether an agent is available for a service; no sign-in is needed. Raises PollError."""
        # The page identifies the tenant by the host alone, later versions by a parameter too.
        url = URL(f"{self._target.url}{_AVAILABILITY_PATH}")
        response = await self._http.get(str(url.update_query(service=service, tenantUrl=self._target.tenant_url)))
        body = self._http.require_ok(response, f"GET {_AVAILABILITY_PATH} of {service}")
        availability = decode_json(body, _Availability, "availability", []).availability
        return any(availability) if isinstance(availability, list) else availability

    async def _sign_in_by_session(self) -> SignIn:
        target = self._target
        credentials = {
            "tenant_url": target.tenant_url,
            "username": target.username,
            "password": target.password.get_secret_value(),
        }
        response = await self._http.post(f"{target.url}{_SESSION_PATH}", json=credentials)
        if response.status == HTTPStatus.FORBIDDEN and _REQUIRES_OAUTH in response.body:
            message = (
                "sign-in returned 403, illegal login attempt: this version requires `auth: oauth` and an API secret"
            )
            raise PollError(Reason.AUTH, message, sign_in=True)
        body = self._http.require_signed_in(response)
        token = _sendable(decode_json(body, _SessionAnswer, "session", []).token)
        # Some versions spread the session over cookies of other names, so all cookies of the response are returned.
        received = cookies(response)
        own = "" if f"{_COOKIE}=" in received else f"{_COOKIE}={token}"
        return SignIn({"Cookie": "; ".join(filter(None, (received, own)))}, float("inf"))

    async def _sign_in_by_token(self, now: float) -> SignIn:
        target = self._target
        form = {
            "grant_type": "client_credentials",
            "client_id": target.username,
            "client_secret": target.password.get_secret_value(),
            "scope": target.tenant_url,
        }
        response = await self._http.post(f"{target.url}{_TOKEN_PATH}", form)
        token = decode_json(self._http.require_signed_in(response), _TokenAnswer, "token", [])
        headers = {"Authorization": f"Bearer {_sendable(token.access_token)}"}
        lifetime = _lifetime(token.expires_in)
        return SignIn(headers, now + lifetime - min(_MARGIN_SECONDS, lifetime * _MARGIN_SHARE))


def grid(columns: Iterable[str], only: tuple[str, str] | None = None) -> Mapping[str, object]:
    """Return the definition of a grid whose columns are named after their statistics and dispositions.

    A column's statistic has two spellings on the page, and newer versions accept only one of them, so both are sent.

    Args:
        columns: The names of the columns; the disposition that a column counts follows its statistic.
        only: A column and its value in the requested rows; None for all rows.
    """
    condition = {} if only is None else dict(zip(_FILTER, (only[0], "EQ", only[1]), strict=True))
    return {"id": GRID, "columns": [_column(name) for name in columns], **condition}


def _column(name: str) -> Mapping[str, object]:
    statistic, _, disposition = name.partition(PARAMETER)
    column = {"id": name, "statName": statistic, "stat_name": statistic}
    return {**column, "dispositions": [disposition]} if disposition else column


def parse_data(body: bytes, notes: Notes) -> Data:
    """Decode the data of the subscription. Raises PollError."""
    # Only the own app is decoded: what else a version returns beside it may have any form.
    data = decode_json(body, dict[str, msgspec.Raw], "data", notes).get(APP)
    if data is None:
        raise PollError(Reason.INVALID, f"data: app {APP} is missing")
    return decode_json(bytes(data), Data, "data", notes)


def grid_rows(grids: Sequence[Grid | None] | Grid | str | None) -> msgspec.Raw | None:
    """Return the rows of the subscribed grid, None if it is missing; a single grid is a list of one."""
    if isinstance(grids, str):
        return None
    listed = [grids] if isinstance(grids, Grid) else grids or ()
    rows = (each.values for each in listed if each is not None and str(each.id) == GRID)
    return next((values for values in rows if bytes(memoryview(values)[:5]) not in _NO_ROWS), None)


def explanation(body: bytes) -> str:
    """Return the vendor's message of a refusal, prefixed with a colon; "" if there is none."""
    try:
        message = decode_json(body, _Refusal, "refusal", []).error_message
    except PollError:
        return ""
    return f": {message[:_MAX_MESSAGE_LENGTH]}" if isinstance(message, str) and message else ""


def _sendable(token: str) -> str:
    if not _SENDABLE.fullmatch(token):
        raise PollError(Reason.INVALID, "sign-in returned a token with invalid characters")
    remember(token)
    return token


def _lifetime(expires_in: object) -> float:
    try:
        return number(expires_in) or float("inf")
    except UnmappedError:
        return float("inf")
