"""Vendors that fail at random: for some of an hour, in every way there is, and with words nobody has ever heard."""

import itertools
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.runtime.clock import Clock

_HOUR = 3600.0
# Of the hours of each vendor so many have trouble in them, and of the requests in it so many fail.
_TROUBLED_HOURS = 0.1
_FAILING = 0.7
_HANG_SECONDS = 90.0
# Of all answers, troubled or not, so many hold words without a meaning.
_STRANGE = 0.02
_WORDS = re.compile(
    rb'"(AVAIL|AUX|ACD|ACW|UNSTAFF|IDLE|Ready|NotReady|Pause|LoggedOut|ready|not_ready|break|logged_out'
    rb'|Available|Unavailable|Wrap-Up|Sign-Out)"'
)


class Trouble:
    """What goes wrong, by chance but the same with every seed.

    Attributes:
        struck: How often each kind of failure was answered.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - no secret is made of it
        self._unheard = itertools.count()
        self.struck: Counter[str] = Counter()

    @web.middleware
    async def strike(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Stand before the simulation's application."""
        if self._troubled(request.path.split("/")[1]) and self._chance.random() < _FAILING:
            way = self._chance.choice(_WAYS)
            self.struck[way.__name__.strip("_")] += 1
            return await way(self, request, handler)
        response = await handler(request)
        if self._chance.random() < _STRANGE and isinstance(response, web.Response) and response.body:
            self.struck["strange words"] += 1
            response.body = _WORDS.sub(lambda _: b'"W%d"' % next(self._unheard), bytes(response.body))  # type: ignore[arg-type]
        return response

    def _troubled(self, vendor: str) -> bool:
        hour, part = divmod(self._clock.time(), _HOUR)
        chance = random.Random(f"{self._seed} {vendor} {hour}")  # noqa: S311 - likewise
        return chance.random() < _TROUBLED_HOURS and part < chance.random() * _HOUR

    async def _status(self, _request: web.Request, _handler: Handler) -> web.StreamResponse:
        code = self._chance.choice((400, 401, 403, 404, 409, 418, 429, 500, 502, 503, 504))
        headers = {"Retry-After": "120"} if code in {429, 503} and self._chance.random() < 0.5 else {}
        return web.json_response(
            {"Error": "down", "details": f"incident {next(self._unheard)}"}, status=code, headers=headers
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


_WAYS: tuple[Callable[[Trouble, web.Request, Handler], Awaitable[web.StreamResponse]], ...] = (
    Trouble._status,  # noqa: SLF001 - its own
    Trouble._garbage,  # noqa: SLF001 - its own
    Trouble._page,  # noqa: SLF001 - its own
    Trouble._half,  # noqa: SLF001 - its own
    Trouble._reset,  # noqa: SLF001 - its own
    Trouble._hang,  # noqa: SLF001 - its own
)
