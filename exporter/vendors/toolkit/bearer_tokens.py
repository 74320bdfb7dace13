"""Bearer tokens: one for all concurrent users, renewed before it expires and once where it is refused."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from exporter.errors import PollError, Reason
from exporter.redaction import remember
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.http import Response

# A token is not used in its last minute, or last tenth where it lives shorter: the request may travel a while.
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1
_REFUSED = frozenset({Reason.AUTH, Reason.THROTTLED})
_SENDABLE = re.compile(r"[!-~]+")


class Token(NamedTuple):
    """A token as a vendor handed it out.

    Attributes:
        value: The token itself; a secret.
        lifetime: Seconds it is valid for, None where the vendor does not say.
    """

    value: str
    lifetime: float | None


class TokenSource:
    """The current token of one target."""

    def __init__(self, sign_in: Callable[[], Awaitable[Token]], clock: Clock, *, pause: float = 0.0) -> None:
        """Sign in by the given function, at the first use and not before.

        Args:
            sign_in: Signs in once.
            clock: Tells when a token expires.
            pause: Seconds for which a refused sign-in is not tried again, whoever asks: tries upon tries lock accounts.
        """
        self._sign_in = sign_in
        self._clock = clock
        self._pause = pause
        self._rest_until = float("-inf")
        self._lock = asyncio.Lock()
        self._value: str | None = None
        self._use_until = 0.0
        self._failures = 0
        self._failure: PollError | None = None

    async def authorize(self, send: Callable[[Mapping[str, str]], Awaitable[Response]]) -> Response:
        """Send a request with the token, and once more with a new one where the token is refused.

        Args:
            send: Sends the request with the headers it is given.

        Raises:
            PollError: Signing in failed, or there was no answer.
        """
        token = await self.get()
        answer = await send(_header(token))
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        return await send(_header(await self.replace(token)))

    async def get(self) -> str:
        """Return a token that is valid for a while yet.

        Raises:
            PollError: Signing in failed.
        """
        failures = self._failures
        async with self._lock:
            if self._value is not None and self._clock.monotonic() < self._use_until:
                return self._value
            return await self._renewed(failures)

    async def replace(self, refused: str) -> str:
        """Return a token other than the refused one; whoever comes second gets the one the first fetched.

        Raises:
            PollError: Signing in failed.
        """
        failures = self._failures
        async with self._lock:
            if self._value is not None and self._value != refused:
                return self._value
            return await self._renewed(failures)

    async def _renewed(self, failures: int) -> str:
        """Sign in; where that failed just now or while we waited for our turn, fail alike instead of asking again.

        Args:
            failures: How often it had failed when we began to wait.
        """
        known = self._failure
        asked_at = self._clock.monotonic()
        rest = max(0.0, self._rest_until - asked_at)
        if known is not None and (rest or self._failures != failures):
            raise PollError(known.reason, str(known), retry_after=rest or known.retry_after) from known
        self._value = None
        try:
            token = _sendable(await self._sign_in())
        except PollError as error:
            self._failures += 1
            self._failure = error
            pause = self._pause if error.reason in _REFUSED else 0.0
            self._rest_until = self._clock.monotonic() + max(pause, error.retry_after or 0.0)
            raise
        self._failure = None
        lifetime = float("inf") if token.lifetime is None else token.lifetime
        self._use_until = asked_at + lifetime - min(_MARGIN_SECONDS, lifetime * _MARGIN_SHARE)
        self._value = token.value
        remember(token.value)
        return token.value


def _sendable(token: Token) -> Token:
    if not _SENDABLE.fullmatch(token.value):
        raise PollError(Reason.INVALID, "sign-in answered with a token that no header can carry")
    return token


def _header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
