"""Error responses and redirects."""

import asyncio
from email.utils import formatdate

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange
from tests.support.timeloop import LoopClock, TimeLoop

RETRY_AFTER = 40.0


def _soon() -> str:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TimeLoop)
    return formatdate(LoopClock(loop).time() + RETRY_AFTER, usegmt=True)


async def _internal_error(exchange: Exchange) -> None:
    await exchange.answer(b"Internal Server Error", 500)


async def _unavailable(exchange: Exchange) -> None:
    await exchange.answer(b"down for maintenance", 503, {"Retry-After": f"{RETRY_AFTER:g}"})


async def _throttled(exchange: Exchange) -> None:
    await exchange.answer(b"slow down", 429, {"Retry-After": f"{RETRY_AFTER:g}"})


async def _throttled_until(exchange: Exchange) -> None:
    await exchange.answer(b"slow down", 429, {"Retry-After": _soon()})


async def _throttled_without_delay(exchange: Exchange) -> None:
    await exchange.answer(b"slow down", 429)


async def _redirect_elsewhere(exchange: Exchange) -> None:
    await exchange.answer(status=302, headers={"Location": f"http://elsewhere.test:{exchange.proxy.port}/"})


async def _redirect_loop(exchange: Exchange) -> None:
    await exchange.answer(status=307, headers={"Location": exchange.request.start.split(b" ")[1].decode()})


FAULTS = (
    Fault("500", _internal_error),
    Fault("503 with `Retry-After`", _unavailable, retry_after=RETRY_AFTER),
    Fault("429 with `Retry-After` in seconds", _throttled, retry_after=RETRY_AFTER),
    Fault("429 with `Retry-After` as a date", _throttled_until, retry_after=RETRY_AFTER),
    Fault("429 without `Retry-After`", _throttled_without_delay),
    Fault("redirect to another host", _redirect_elsewhere),
    Fault("redirect loop", _redirect_loop),
)
