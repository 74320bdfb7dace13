"""Failed and broken connections."""

import asyncio

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange, Proxy
from tests.support.timeloop import TimeLoop


async def _stop(proxy: Proxy) -> None:
    await proxy.stop()


async def _start(proxy: Proxy) -> None:
    await proxy.start()


async def _break(exchange: Exchange) -> None:
    good = (await exchange.good()).encoded()
    await exchange.send(good[: -len(good) // 3])
    await asyncio.sleep(0.1)
    exchange.reset()


async def _hang_up(_exchange: Exchange) -> None:
    pass


def _unknown() -> set[str]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TimeLoop)
    return loop.unknown


async def _forget(proxy: Proxy) -> None:
    _unknown().add(proxy.host)


async def _remember(proxy: Proxy) -> None:
    _unknown().remove(proxy.host)


FAULTS = (
    Fault("connection refused", begin=_stop, end=_start),
    Fault("connection reset in the body", _break),
    Fault("connection closed without a response", _hang_up),
    Fault("name does not resolve", begin=_forget, end=_remember),
)
