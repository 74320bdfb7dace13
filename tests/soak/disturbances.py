"""Random vendor failures of every kind, for part of an hour, and unknown values in responses."""

import itertools
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.runtime.clock import Clock

_HOUR = 3600.0
# The share of each vendor's hours with an outage, and the share of failing requests during it.
_OUTAGE_HOURS = 0.1
_FAILING = 0.7
_HANG_SECONDS = 90.0
# The share of all responses that contain unknown values.
_UNKNOWN_VALUES = 0.02
_WORDS = re.compile(
    rb'"(AVAIL|AUX|ACD|ACW|UNSTAFF|IDLE|Ready|NotReady|Pause|LoggedOut|ready|not_ready|break|logged_out'
    rb'|Available|Unavailable|Wrap-Up|Sign-Out)"'
)


class Disturbances:
    """Injects random failures, reproducible by seed.

    Attributes:
        injected: Number of injected failures by kind.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - not a secret
        self._next_value = itertools.count()
        self.injected: Counter[str] = Counter()

    @web.middleware
    async def intercept(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Fail or change the simulation's response at random."""
        if self._in_outage(request.path.split("/")[1]) and self._chance.random() < _FAILING:
            kind = self._chance.choice(_KINDS)
            self.injected[kind.__name__.strip("_")] += 1
            return await kind(self, request, handler)
        response = await handler(request)
        if self._chance.random() < _UNKNOWN_VALUES and isinstance(response, web.Response) and response.body:
            self.injected["unknown values"] += 1
            response.body = _WORDS.sub(lambda _: b'"W%d"' % next(self._next_value), bytes(response.body))  # type: ignore[arg-type]
        return response

    def _in_outage(self, vendor: str) -> bool:
        hour, part = divmod(self._clock.time(), _HOUR)
        chance = random.Random(f"{self._seed} {vendor} {hour}")  # noqa: S311 - not a secret
        return chance.random() < _OUTAGE_HOURS and part < chance.random() * _HOUR

    async def _status(self, _request: web.Request, _handler: Handler) -> web.StreamResponse:
        code = self._chance.choice((400, 401, 403, 404, 409, 418, 429, 500, 502, 503, 504))
        headers = {"Retry-After": "120"} if code in {429, 503} and self._chance.random() < 0.5 else {}
        return web.json_response(
            {"Error": "down", "details": f"incident {next(self._next_value)}"}, status=code, headers=headers
        )

    async def _garbage(self, _request: web.Request, _handler: Handler) -> web.StreamResponse:
        return web.Response(body=self._chance.randbytes(2000), content_type="application/json")

    async def _page(self, _request: web.Request, _handler: Handler) -> web.StreamResponse:
        return web.Response(text="<html>we are doing maintenance</html>", content_type="text/html")

    async def _half(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            response.body = response.body[: len(response.body) // 2]
        return response

    async def _reset(self, request: web.Request, _handler: Handler) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _hang(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await self._clock.sleep(_HANG_SECONDS)
        return await handler(request)


_KINDS: tuple[Callable[[Disturbances, web.Request, Handler], Awaitable[web.StreamResponse]], ...] = (
    Disturbances._status,  # noqa: SLF001 - its own
    Disturbances._garbage,  # noqa: SLF001 - its own
    Disturbances._page,  # noqa: SLF001 - its own
    Disturbances._half,  # noqa: SLF001 - its own
    Disturbances._reset,  # noqa: SLF001 - its own
    Disturbances._hang,  # noqa: SLF001 - its own
)
