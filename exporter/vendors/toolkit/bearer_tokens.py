"""Tokens and sessions: one shared by all concurrent requests, renewed before it expires and after a refusal."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from exporter.errors import PollError, Reason
from exporter.redaction import remember
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.http import RedirectError, Response

# A token is not used in its last minute, or in the last tenth of a shorter lifetime: the request takes time to arrive.
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1
# Failed sign-ins that are not repeated at once.
_REFUSED = frozenset({Reason.AUTH, Reason.THROTTLED})
# Those that returned something other than a token; they may have been refused, unless the credentials were accepted
# before.
_UNCLEAR = frozenset({Reason.INVALID, Reason.DECODE})
_VALID = re.compile(r"[!-~]+")
# The longest interval between two renewals because of a request that every new token is refused for.
_LONGEST_WAIT_SECONDS = 900.0

SignIn = Callable[[], Awaitable["Token"]]
Send = Callable[[Mapping[str, str]], Awaitable[Response]]
Renewed = Callable[[], None]


class Token(NamedTuple):
    """A token as issued by a vendor.

    Attributes:
        value: The token itself; a secret.
        lifetime: Seconds it is valid for, None if unknown.
    """

    value: str
    lifetime: float | None


class Renewals:
    """Decides whether a refused request renews the session, so that refusals cannot cause a sign-in storm.

    A vendor that ends a session responds with 401, 403, a login page or a redirect to one. All but the 401 may have
    another cause, such as a missing right. They renew only a session older than an interval; if the request is refused
    with the new session too, the interval doubles for this request, up to 15 minutes, until it succeeds. A 401 renews
    a session of any age, but not within an interval of the last renewal; one that a new session did not help, while
    other requests succeed with the session, is a missing right too.
    """

    def __init__(self, clock: Clock, interval: float, count: Renewed) -> None:
        """Start without a session.

        Args:
            clock: Measures the age of sessions.
            interval: The minimum seconds between two renewals.
            count: Called once for each session that the vendor ended: at a 401, or at another refusal if the request
                then succeeds with a new session.
        """
        self._count = count
        # Counts a renewal that has not proved useful yet.
        self._unproven: Renewed | None = None
        self._clock = clock
        self._interval = interval
        self._signed_in_at = float("-inf")
        self._renewed_at = float("-inf")
        self._accepted_at = float("-inf")
        self._useless: Counter[str] = Counter()

    def signed_in(self) -> None:
        """Record the start of a sign-in."""
        self._signed_in_at = self._clock.monotonic()

    def allow(self, outcome: Response | RedirectError, request: str, count: Renewed | None = None) -> bool:
        """Return whether this refusal of a request renews the session; True records a renewal.

        Args:
            outcome: The refusal.
            request: Identifies the request.
            count: Called in place of the common one for the session that this request renews.
        """
        now = self._clock.monotonic()
        lacks_right = self._useless[request] > 0 and self._accepted_at >= self._signed_in_at
        if is_unauthorized(outcome) and not lacks_right:
            allowed = now >= self._renewed_at + self._interval
        else:
            longest = max(_LONGEST_WAIT_SECONDS, self._interval)
            doubled = self._interval * 2.0 ** min(self._useless[request], 16)
            allowed = now >= self._signed_in_at + min(doubled, longest)
        if allowed:
            self._renewed_at = now
            self.begin(outcome, count)
        return allowed

    def begin(self, refusal: Response | RedirectError, count: Renewed | None = None) -> None:
        """Record that a refusal renews the session; `count` is called in place of the common one."""
        count = count or self._count
        if is_unauthorized(refusal):
            self._unproven = None
            count()
        else:
            self._unproven = count

    def record(self, outcome: Response | RedirectError, request: str, *, renewed: bool) -> None:
        """Record the outcome of a request.

        Args:
            outcome: The response or redirect.
            request: Identifies the request.
            renewed: Whether it was sent with a new session after a refusal.
        """
        if renewed and self._unproven is not None:
            count, self._unproven = self._unproven, None
            if not is_refusal(outcome):
                count()
        if is_refusal(outcome):
            self._useless[request] += renewed
        elif isinstance(outcome, Response) and outcome.status < HTTPStatus.BAD_REQUEST:
            self._accepted_at = self._clock.monotonic()
            self._useless.pop(request, None)


class _Caller(NamedTuple):
    """A request and what its target does at a sign-in, None for what the source does."""

    request: str
    sign_in: SignIn | None
    renewed: Renewed | None


class TokenSource:
    """The current token or session of one target."""

    def __init__(
        self,
        sign_in: SignIn | None,
        clock: Clock,
        *,
        pause: float = 0.0,
        headers: Callable[[str], Mapping[str, str]] | None = None,
        renewed: Renewed = lambda: None,
    ) -> None:
        """Prepare to sign in at the first use.

        Args:
            sign_in: Signs in once; None if several targets share the source and each passes its own to `authorize`.
            clock: Measures the lifetime of a token.
            pause: Seconds before a sign-in that was answered without a token is repeated by any caller, because
                repeated sign-ins lock accounts, and between two renewals of refused tokens: the poll interval.
            headers: Returns the headers that carry a token; a bearer token in `Authorization` by default.
            renewed: Called when a token that the vendor ended before its time is renewed.
        """
        self._sign_in = sign_in
        self._clock = clock
        self._pause = pause
        # Whether the vendor has accepted the credentials.
        self._accepted = False
        self._headers = headers or _bearer
        self._paused_until = float("-inf")
        self._lock = asyncio.Lock()
        self._renewals = Renewals(clock, pause, renewed)
        self._value: str | None = None
        self._use_until = 0.0
        self._failures = 0
        self._failure: PollError | None = None

    def retry_sign_in(self) -> None:
        """Repeat a refused sign-in at the next use, because the account may have been corrected."""
        self._paused_until = float("-inf")

    def forget(self) -> None:
        """Sign in at the next use, because the vendor has ended a session that was not used for some time."""
        self._value = None

    async def authorize(
        self, send: Send, request: str = "", *, sign_in: SignIn | None = None, renewed: Renewed | None = None
    ) -> Response:
        """Send a request with the token, and once more with a new one if the token is refused.

        Args:
            send: Sends the request with the given headers.
            request: Identifies the request, such as by its path. One that every new token is refused for, as if a
                right is missing, then renews the token less and less often.
            sign_in: Signs in for this target; None for the source's own way.
            renewed: Called in place of the source's own if the refusal of this request renews the token.

        Raises:
            PollError: Signing in failed, or there was no response.
        """
        token = await self.get(sign_in)
        outcome = await self._attempt(send, token)
        newer = None
        if is_refusal(outcome):
            newer = await self._renewed(token, outcome, _Caller(request, sign_in, renewed))
        if newer is not None:
            outcome = await self._attempt(send, newer)
        self._renewals.record(outcome, request, renewed=newer is not None)
        if isinstance(outcome, RedirectError):
            raise outcome
        return outcome

    async def get(self, sign_in: SignIn | None = None) -> str:
        """Return a valid token.

        Args:
            sign_in: Signs in for this target; None for the source's own way.

        Raises:
            PollError: Signing in failed.
        """
        failures = self._failures
        async with self._lock:
            if self._value is not None and self._clock.monotonic() < self._use_until:
                return self._value
            self._value = None
            return await self._renew(failures, sign_in)

    async def _attempt(self, send: Send, token: str) -> Response | RedirectError:
        try:
            return await send(self._headers(token))
        except RedirectError as error:
            return error

    async def _renewed(self, token: str, refusal: Response | RedirectError, caller: "_Caller") -> str | None:
        """Return a token other than the refused one, None if the refusal does not renew it.

        Concurrent callers share one sign-in.

        Raises:
            PollError: Signing in failed.
        """
        failures = self._failures
        async with self._lock:
            if self._value is not None:
                if self._value != token:
                    return self._value
                if not self._renewals.allow(refusal, caller.request, caller.renewed):
                    return None
            if is_unauthorized(refusal):
                self._value = None  # another refusal may concern this request only: other requests keep the token
            return await self._renew(failures, caller.sign_in)

    async def _renew(self, failures: int, sign_in: SignIn | None) -> str:
        """Sign in; if that failed recently or while this caller waited for the lock, raise the same error.

        Args:
            failures: Failed sign-ins before this caller began to wait.
            sign_in: Signs in for this caller; None for the source's own way.
        """
        last = self._failure
        started_at = self._clock.monotonic()
        pause = max(0.0, self._paused_until - started_at)
        if last is not None and (pause or self._failures != failures):
            retry_after = pause or last.retry_after
            raise PollError(last.reason, str(last), retry_after=retry_after, sign_in=last.sign_in) from last
        sign_in = sign_in or self._sign_in
        if sign_in is None:
            raise TypeError("a shared source needs the caller's way to sign in")
        self._renewals.signed_in()
        try:
            token = _require_valid(await sign_in())
        except PollError as error:
            self._failures += 1
            self._failure = error
            may_be_refused = error.reason in _REFUSED or (error.reason in _UNCLEAR and not self._accepted)
            pause = self._pause if may_be_refused else 0.0
            self._paused_until = self._clock.monotonic() + max(pause, error.retry_after or 0.0)
            raise
        self._failure, self._accepted = None, True
        lifetime = float("inf") if token.lifetime is None else token.lifetime
        self._use_until = started_at + lifetime - min(_MARGIN_SECONDS, lifetime * _MARGIN_SHARE)
        self._value = token.value
        remember(token.value)
        return token.value


def is_refusal(outcome: Response | RedirectError) -> bool:
    """Return whether the vendor refused the session of a request."""
    return isinstance(outcome, RedirectError) or outcome.is_refusal


def is_unauthorized(outcome: Response | RedirectError) -> bool:
    """Return whether a request was refused with 401, which is nearly always caused by the session."""
    return isinstance(outcome, Response) and outcome.status == HTTPStatus.UNAUTHORIZED


def _require_valid(token: Token) -> Token:
    if not token.value:
        raise PollError(Reason.INVALID, "token endpoint returned no token")
    if not _VALID.fullmatch(token.value):
        raise PollError(Reason.INVALID, "token endpoint returned a token with invalid characters")
    return token


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
