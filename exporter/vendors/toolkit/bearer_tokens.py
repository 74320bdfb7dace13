"""Bearer tokens: one shared by all concurrent requests, renewed before it expires and once after a 401."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from exporter.errors import PollError, Reason
from exporter.redaction import remember
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.http import Response

# A token is not used in its last minute, or in the last tenth of a shorter lifetime: the request takes time to arrive.
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1
_REFUSED = frozenset({Reason.AUTH, Reason.THROTTLED})
_VALID = re.compile(r"[!-~]+")


class Token(NamedTuple):
    """A token as issued by a vendor.

    Attributes:
        value: The token itself; a secret.
        lifetime: Seconds it is valid for, None if unknown.
    """

    value: str
    lifetime: float | None


class TokenSource:
    """The current token of one target."""

    def __init__(self, sign_in: Callable[[], Awaitable[Token]], clock: Clock, *, pause: float = 0.0) -> None:
        """Prepare to sign in at the first use.

        Args:
            sign_in: Signs in once.
            clock: Measures the lifetime of a token.
            pause: Seconds before a refused sign-in is repeated by any caller: repeated sign-ins lock accounts.
        """
        self._sign_in = sign_in
        self._clock = clock
        self._pause = pause
        self._paused_until = float("-inf")
        self._lock = asyncio.Lock()
        self._value: str | None = None
        self._use_until = 0.0
        self._failures = 0
        self._failure: PollError | None = None

    async def authorize(self, send: Callable[[Mapping[str, str]], Awaitable[Response]]) -> Response:
        """Send a request with the token, and once more with a new one if the token is refused.

        Args:
            send: Sends the request with the given headers.

        Raises:
            PollError: Signing in failed, or there was no response.
        """
        token = await self.get()
        response = await send(_header(token))
        if response.status != HTTPStatus.UNAUTHORIZED:
            return response
        return await send(_header(await self.replace(token)))

    async def get(self) -> str:
        """Return a valid token.

        Raises:
            PollError: Signing in failed.
        """
        failures = self._failures
        async with self._lock:
            if self._value is not None and self._clock.monotonic() < self._use_until:
                return self._value
            return await self._renew(failures)

    async def replace(self, refused: str) -> str:
        """Return a token other than the refused one; concurrent callers share one sign-in.

        Raises:
            PollError: Signing in failed.
        """
        failures = self._failures
        async with self._lock:
            if self._value is not None and self._value != refused:
                return self._value
            return await self._renew(failures)

    async def _renew(self, failures: int) -> str:
        """Sign in; if that failed recently or while this caller waited for the lock, raise the same error.

        Args:
            failures: Failed sign-ins before this caller began to wait.
        """
        last = self._failure
        started_at = self._clock.monotonic()
        pause = max(0.0, self._paused_until - started_at)
        if last is not None and (pause or self._failures != failures):
            raise PollError(last.reason, str(last), retry_after=pause or last.retry_after) from last
        self._value = None
        try:
            token = _require_valid(await self._sign_in())
        except PollError as error:
            self._failures += 1
            self._failure = error
            pause = self._pause if error.reason in _REFUSED else 0.0
            self._paused_until = self._clock.monotonic() + max(pause, error.retry_after or 0.0)
            raise
        self._failure = None
        lifetime = float("inf") if token.lifetime is None else token.lifetime
        self._use_until = started_at + lifetime - min(_MARGIN_SECONDS, lifetime * _MARGIN_SHARE)
        self._value = token.value
        remember(token.value)
        return token.value


def _require_valid(token: Token) -> Token:
    if not _VALID.fullmatch(token.value):
        raise PollError(Reason.INVALID, "token endpoint returned a token with invalid characters")
    return token


def _header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
