"""APIO over HTTP: signing in, one GET, and the vendor's own words for what went wrong."""

import asyncio
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.apio.addresses import without_addresses
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.http import Http, Response
from exporter.vendors.toolkit.json_document import decode_json

_SIGN_IN_REFUSED = frozenset({400, 401, 403})
_SERVICE = "services/call_centers/"
_LONGEST_ERROR_BODY = 1 << 16
_LONGEST_DETAILS = 160
_MOST_DETAILS = 3


class SignInError(PollError):
    """There is no token to be had."""


class RefusedError(PollError):
    """The server answered a request with anything but success.

    Attributes:
        status: Its status code.
    """

    def __init__(self, error: PollError, message: str, status: int) -> None:
        super().__init__(error.reason, message, retry_after=error.retry_after)
        self.status = status


class Place(NamedTuple):
    """Where something is asked for.

    Attributes:
        user: The user's id; personal data, in no message.
        rest: What follows the user's call-centre service in the path.
    """

    user: str
    rest: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The place as a message names it."""
        return f"GET users/…/{_SERVICE}{''.join(f'{part}/' for part in self.rest)}"


class _LoginAnswer(msgspec.Struct):
    access_token: str | None = None
    token: str | None = None


class Api:
    """One tenant's group at APIO."""

    def __init__(self, target: ApioSettings, http: Http, clock: Clock) -> None:
        """Prepare the requests; nothing is sent before the first poll."""
        self._target = target
        self._http = http
        self._clock = clock
        self._tokens = TokenSource(self._sign_in, clock, pause=target.poll.interval)
        self._replaceable: str | None = None
        self._without_token: PollError | None = None
        self._paused_until = float("-inf")
        self._paused_by: PollError | None = None

    def remaining_pause(self) -> float:
        """Return the seconds for which the server asked to be left alone."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    async def begin_poll(self) -> None:
        """Have a token at hand.

        A token that is refused is replaced only if the poll began with it. So a poll signs in once more at the most,
        however many requests are refused, and a user whom no token opens costs no more than that. Nor is signing in
        tried again in a poll once it failed.

        Raises:
            SignInError: There is none.
        """
        self._without_token = None
        self._replaceable = await self._token() if self._target.token is None else None

    async def get(self, place: Place, patience: float, *, json: object = None) -> bytes:
        """Ask for something and return the body of the answer.

        Args:
            place: Where it is.
            patience: Seconds to wait for an answer.
            json: What to send as the body; APIO reads it with GET too.

        Raises:
            SignInError: The token was refused and there is no other.
            RefusedError: The status says anything but success.
            PollError: There was no whole answer in time, or the server wants to be left alone and is not asked.
        """
        self._require_no_pause(place)
        token = await self._token()
        answer = await self._send(place, token, patience, json)
        if answer.status == HTTPStatus.UNAUTHORIZED and token == self._replaceable:
            token = await self._token(token)
            answer = await self._send(place, token, patience, json)
        try:
            return self._body(answer, place.shown, token)
        except RefusedError as error:
            self._heed(error)
            raise

    def _require_no_pause(self, place: Place) -> None:
        known, rest = self._paused_by, self.remaining_pause()
        if known is not None and rest > 0:
            message = f"{place.shown}: not asked, because the server wants a pause"
            raise PollError(known.reason, message, retry_after=rest) from known

    def _heed(self, error: PollError) -> None:
        """Ask for nothing for as long as an answer wants it, an interval where it just says that we ask too often."""
        pause = error.retry_after
        if pause is None and error.reason is Reason.THROTTLED:
            pause = self._target.poll.interval
        until = self._clock.monotonic() + (pause or 0.0)
        if pause and until > self._paused_until:
            self._paused_until, self._paused_by = until, error

    async def _send(self, place: Place, token: str, patience: float, json: object) -> Response:
        target = self._target
        steps = ("tenants", target.tenant, "groups", target.group, "users", place.user)
        rest = "".join(f"{quote(part, safe='')}/" for part in place.rest)
        url = f"{target.url}/api/v1/{'/'.join(quote(step, safe='') for step in steps)}/{_SERVICE}{rest}"
        try:
            async with asyncio.timeout(patience):
                return await self._http.get(url, {"Authorization": f"Bearer {token}"}, json=json)
        except TimeoutError as error:
            raise PollError(Reason.TIMEOUT, f"{place.shown}: no answer in time") from error
        except PollError as error:
            message = str(error).replace(f"GET {URL(url).path}", place.shown)
            raise PollError(error.reason, message, retry_after=error.retry_after) from error

    def _body(self, answer: Response, what: str, *hidden: str) -> bytes:
        try:
            return self._http.require_ok(answer, what, refused=_SIGN_IN_REFUSED - {HTTPStatus.BAD_REQUEST})
        except PollError as error:
            raise RefusedError(error, f"{error}{details(answer.body, *hidden)}", answer.status) from error

    async def _token(self, refused: str | None = None) -> str:
        """Return a token other than the refused one. Raises SignInError."""
        fixed = self._target.token
        if fixed is not None:
            return fixed.get_secret_value()
        known = self._without_token
        if known is not None:
            raise SignInError(known.reason, str(known), retry_after=known.retry_after) from known
        try:
            return await (self._tokens.get() if refused is None else self._tokens.replace(refused))
        except PollError as error:
            self._without_token = error
            raise SignInError(error.reason, str(error), retry_after=error.retry_after) from error

    async def _sign_in(self) -> Token:
        target = self._target
        password = target.password.get_secret_value() if target.password else ""
        url = f"{target.url}{target.login_path}"
        try:
            async with asyncio.timeout(target.poll.timeout):
                answer = await self._http.post(url, json={"username": target.username, "password": password})
        except TimeoutError as error:
            raise PollError(Reason.TIMEOUT, "sign-in: no answer in time") from error
        try:
            body = self._http.require_ok(answer, "sign-in", refused=_SIGN_IN_REFUSED)
        except PollError as error:
            message = f"{error}{details(answer.body, password, target.username or '')}"
            raise PollError(error.reason, message, retry_after=error.retry_after) from error
        said = decode_json(body, _LoginAnswer, "sign-in", [])
        return Token(said.access_token or said.token or "", None)


def details(body: bytes, *hidden: str) -> str:
    """Return what an error says in short, with a colon before it; "" where it says nothing we know to read.

    Args:
        body: A JSON document with `details`, or a list of objects with a numeric `code`.
        hidden: What may not be shown, should the server repeat it.
    """
    if len(body) > _LONGEST_ERROR_BODY:
        return ""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    rows = document[:_MOST_DETAILS] if isinstance(document, list) else [document]
    text = " ".join("; ".join(filter(None, map(_said, rows))).split())
    for secret in filter(None, hidden):
        text = text.replace(secret, "…")
    text = without_addresses(text)
    return f": {text[:_LONGEST_DETAILS]}" if text else ""


def _said(row: object) -> str:
    if not isinstance(row, dict):
        return ""
    code, text = row.get("code"), row.get("details")
    parts = (f"code {code}" if isinstance(code, int) else "", text if isinstance(text, str) else "")
    return " ".join(filter(None, parts))
