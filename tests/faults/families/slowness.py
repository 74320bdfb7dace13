"""Responses that never arrive or never end."""

import asyncio

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange


async def _mute(exchange: Exchange) -> None:
    await exchange.hang()


async def _half(exchange: Exchange) -> None:
    good = (await exchange.good()).encoded()
    await exchange.send(good[: -len(good) // 3])
    await exchange.hang()


async def _drip(exchange: Exchange) -> None:
    good = (await exchange.good()).encoded()
    while good and not exchange.over:
        await exchange.send(good[:8])
        good = good[8:]
        await asyncio.sleep(2)


FAULTS = (
    Fault("hangs before the headers", _mute),
    Fault("hangs in the body", _half),
    Fault("sends 4 bytes per second", _drip),
)
