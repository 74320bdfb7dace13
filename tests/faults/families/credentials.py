"""Refused and expired credentials."""

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange, Proxy


async def _refuse(exchange: Exchange) -> None:
    await exchange.answer(b"{}", 401)


async def _refuse_known(exchange: Exchange) -> None:
    """Refuse earlier credentials, except for the first request, so that they expire within a poll."""
    proxy, request = exchange.proxy, exchange.request
    if proxy.requests > 1 and not request.signs_in and request.credentials in proxy.expired:
        await exchange.answer(b"{}", 401)
    else:
        await exchange.send((await exchange.good()).encoded())


async def _expire(proxy: Proxy) -> None:
    proxy.expired = set(proxy.credentials)
    proxy.requests = 0


FAULTS = (
    Fault("token refused", _refuse),
    Fault(
        "token expired within a poll",
        _refuse_known,
        begin=_expire,
        settings={"sinch": {"auth": "ecfauth"}},
        not_applicable={"axialys": "no tokens"},
    ),
)
