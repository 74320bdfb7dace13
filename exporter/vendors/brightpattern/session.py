"""Being signed in: by a session's cookie or by a token of OAuth, and never twice within an interval.

A user has one session, and each sign-in ends the one before it. Two exporters with one user, or a wallboard beside an
exporter, would end each other's for ever; signing in at most once an interval keeps that from becoming a storm. The
interval outlives a reload, which makes a new session in the old one's place.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
import structlog

from exporter.errors import PollError, Reason
from exporter.redaction import remember
from exporter.runtime.clock import Clock
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.toolkit.http import Http, cookies
from exporter.vendors.toolkit.json_document import decode_json
from exporter.vendors.toolkit.rate_floor import Floor
from exporter.vendors.toolkit.readers import UnmappedError, number

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

COOKIE = "X-BP-SESSION-ID"
_REFUSED = frozenset({400, 401, 403})
# What later versions answer to somebody who wants a session.
_WANTS_OAUTH = b"illegal login attempt"
_SENDABLE = re.compile(r"[!#-+\--:<-\[\]-~]+")
# A token is renewed in the last minute of its life, or the last tenth where it lives shorter.
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1
_ENDED = PollError(Reason.AUTH, "the session has ended less than an interval after signing in")
_SIGNED_IN_BEFORE = PollError(Reason.AUTH, "the last sign-in, before a reload, is less than an interval ago")


class _SignedIn(NamedTuple):
    """Proof of who we are.

    Attributes:
        headers: What goes with every request; secret.
        renew_at: When to sign in anew, in seconds of the monotonic clock.
    """

    headers: Mapping[str, str]
    renew_at: float


class _SessionAnswer(msgspec.Struct):
    token: str


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: Any = None


class Session:
    """One user's session."""

    def __init__(self, target: BrightPatternSettings, http: Http, clock: Clock) -> None:
        """Prepare the session; nothing is sent before its headers are asked for."""
        self._target = target
        self._http = http
        self._clock = clock
        self._signed_in: _SignedIn | None = None
        # By the target's name: whoever has two targets with one user has said so, and each may sign in.
        account = ("brightpattern", target.name, target.url, target.tenant_url, target.username)
        self._floor = Floor(account, target.poll.interval, clock)
        self._known: PollError = _SIGNED_IN_BEFORE
        self._warned = False

    @property
    def present(self) -> Mapping[str, str] | None:
        """What goes with a request, None where nobody is signed in."""
        return None if self._signed_in is None else self._signed_in.headers

    def remaining_pause(self) -> float:
        """Return the seconds until somebody who is not signed in may sign in."""
        return 0.0 if self._signed_in is not None else self._floor.remaining_pause()

    async def headers(self) -> Mapping[str, str]:
        """Return what goes with a request; sign in first where need be.

        Raises:
            PollError: Signing in failed, or the last time was less than an interval ago.
        """
        now = self._clock.monotonic()
        signed_in, wait = self._signed_in, self._floor.remaining_pause()
        # A token that shall be renewed soon is still good for as long as we may not sign in.
        if signed_in is not None and (now < signed_in.renew_at or wait > 0):
            return signed_in.headers
        if wait > 0:
            raise PollError(self._known.reason, str(self._known), retry_after=wait) from self._known
        self._signed_in = None
        self._floor.begin()
        self._signed_in = await self._sign_in(now)
        return self._signed_in.headers

    def ended(self) -> None:
        """Take note that the vendor no longer knows the session."""
        self._signed_in = None
        if not self._warned:
            self._warned = True
            log.warning(
                "session ended by the vendor: probably its user signed in elsewhere, which only one can do at a time; "
                "give every exporter and every wallboard a user of its own",
                target=self._target.name,
            )

    async def _sign_in(self, now: float) -> _SignedIn:
        """Sign in, and remember why it failed for those who may not try again yet."""
        self._known = PollError(Reason.TIMEOUT, "sign-in: no answer in time")  # for one that is cancelled
        try:
            signed_in = await (self._by_token(now) if self._target.auth == "oauth" else self._by_session())
        except PollError as error:
            self._known = error
            raise
        self._known = _ENDED
        return signed_in

    async def _by_session(self) -> _SignedIn:
        target = self._target
        credentials = {
            "tenant_url": target.tenant_url,
            "username": target.username,
            "password": target.password.get_secret_value(),
        }
        answer = await self._http.post(f"{target.url}/statsapi/auth", json=credentials)
        if answer.status == HTTPStatus.FORBIDDEN and _WANTS_OAUTH in answer.body:
            message = "sign-in returned 403, illegal login attempt: this version wants `auth: oauth` and an API secret"
            raise PollError(Reason.AUTH, message)
        body = self._http.require_ok(answer, "sign-in", refused=_REFUSED)
        token = _sendable(decode_json(body, _SessionAnswer, "session", []).token)
        # Some versions spread the session over cookies of other names, so all that was set is handed back.
        given = cookies(answer)
        own = "" if f"{COOKIE}=" in given else f"{COOKIE}={token}"
        return _SignedIn({"Cookie": "; ".join(filter(None, (given, own)))}, float("inf"))

    async def _by_token(self, now: float) -> _SignedIn:
        target = self._target
        form = {
            "grant_type": "client_credentials",
            "client_id": target.username,
            "client_secret": target.password.get_secret_value(),
            "scope": target.tenant_url,
        }
        answer = await self._http.post(f"{target.url}/configapi/v2/oauth/token", form)
        said = decode_json(self._http.require_ok(answer, "sign-in", refused=_REFUSED), _TokenAnswer, "token", [])
        headers = {"Authorization": f"Bearer {_sendable(said.access_token)}"}
        lifetime = _lifetime(said.expires_in)
        return _SignedIn(headers, now + lifetime - min(_MARGIN_SECONDS, lifetime * _MARGIN_SHARE))


def _sendable(token: str) -> str:
    if not _SENDABLE.fullmatch(token):
        raise PollError(Reason.INVALID, "sign-in answered with a token that no header can carry")
    remember(token)
    return token


def _lifetime(expires_in: object) -> float:
    try:
        return number(expires_in) or float("inf")
    except UnmappedError:
        return float("inf")
