"""Session of a user: created at most once per interval, by session cookie or OAuth token.

A user has one session, and each sign-in ends the previous one. Two exporters with one user, or an exporter and a
wallboard, would keep ending each other's session; the limit prevents a sign-in storm. It also applies across reloads,
which replace the session object.
"""

import hashlib
from collections.abc import Callable, Mapping

import structlog

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.brightpattern.api import BrightPatternApi, SignIn
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.toolkit.bearer_tokens import Renewals, is_refusal, is_unauthorized
from exporter.vendors.toolkit.http import RedirectError, Response
from exporter.vendors.toolkit.rate_floor import Floor

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_ENDED = PollError(Reason.AUTH, "session ended less than one poll interval after the sign-in")
_SIGNED_IN_BEFORE = PollError(Reason.AUTH, "last sign-in, before a reload, was less than one poll interval ago")


class Session:
    """One user's session."""

    def __init__(
        self, target: BrightPatternSettings, api: BrightPatternApi, clock: Clock, renewed: Callable[[], None]
    ) -> None:
        """Prepare the session; nothing is sent before its headers are requested.

        Args:
            target: The target's configuration.
            api: Signs in.
            clock: Measures the age of the session.
            renewed: Called when a session that the vendor ended is renewed.
        """
        self._target = target
        self._api = api
        self._clock = clock
        self._signed_in: SignIn | None = None
        # Keyed by the target's name too: two targets configured with the same user may each sign in. A changed password
        # is tried at once.
        password = hashlib.sha256(target.password.get_secret_value().encode()).hexdigest()
        account = ("brightpattern", target.name, target.url, target.tenant_url, target.username, password)
        self._floor = Floor(account, target.poll.interval, clock)
        self._renewals = Renewals(clock, target.poll.interval, renewed)
        self._renewed_for: str | None = None
        self._why_signed_out: PollError = _SIGNED_IN_BEFORE
        self._warned = False

    @property
    def current_headers(self) -> Mapping[str, str] | None:
        """Headers of the current session, None if not signed in."""
        return None if self._signed_in is None else self._signed_in.headers

    def remaining_pause(self) -> float:
        """Return the seconds until the next sign-in is allowed, 0 if signed in."""
        return 0.0 if self._signed_in is not None else self._floor.remaining_pause()

    async def headers(self) -> Mapping[str, str]:
        """Return the headers of a request, after signing in if necessary.

        Raises:
            PollError: Signing in failed, or the last attempt was less than one interval ago.
        """
        now = self._clock.monotonic()
        signed_in, wait = self._signed_in, self._floor.remaining_pause()
        # A token due for renewal is still valid, so it is used until the next sign-in is allowed.
        if signed_in is not None and (now < signed_in.renew_at or wait > 0):
            return signed_in.headers
        if wait > 0:
            why = self._why_signed_out
            raise PollError(why.reason, str(why), retry_after=wait, sign_in=why.sign_in) from why
        self._signed_in = None
        self._floor.begin()
        self._renewals.signed_in()
        self._signed_in = await self._sign_in(now)
        return self._signed_in.headers

    def is_ended_by(self, outcome: Response | RedirectError, request: str) -> bool:
        """Return whether the outcome of a request ends the session, and discard the session if so.

        A 401 always does. Another refusal does if the session is older than an interval.

        Args:
            outcome: The response or redirect.
            request: Identifies the request.
        """
        unauthorized = is_unauthorized(outcome)
        if unauthorized:
            self._renewals.begin(outcome)
        if unauthorized or (is_refusal(outcome) and self._renewals.allow(outcome, request)):
            self._renewed_for = request
            self._invalidate()
            return True
        self._renewals.record(outcome, request, renewed=self._renewed_for == request)
        if self._renewed_for == request:
            self._renewed_for = None
        return False

    def _invalidate(self) -> None:
        """Discard a session that the vendor no longer accepts."""
        self._signed_in = None
        if not self._warned:
            self._warned = True
            log.warning(
                "session ended by the vendor: the user has probably signed in elsewhere, and a user has only one "
                "session; use a separate user for each exporter and wallboard",
                target=self._target.name,
            )

    async def _sign_in(self, now: float) -> SignIn:
        """Sign in, and keep the error for polls before the next sign-in is allowed."""
        self._why_signed_out = PollError(Reason.TIMEOUT, "sign-in: request timed out")  # if cancelled
        try:
            signed_in = await self._api.sign_in(now)
        except PollError as error:
            self._why_signed_out = error
            raise
        self._why_signed_out = _ENDED
        return signed_in
