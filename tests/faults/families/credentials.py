"""Credentials that are refused, or no longer good."""

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange, Proxy


async def _refuse(exchange: Exchange) -> None:
    await exchange.answer(b"{}", 401)


async def _refuse_known(exchange: Exchange) -> None:
    """Refuse what was good so far; the first request still comes through, so that it happens within a poll."""
    proxy, request = exchange.proxy, exchange.request
    if proxy.asked_since > 1 and not request.signs_in and request.credentials in proxy.expired:
        await exchange.answer(b"{}", 401)
    else:
        await exchange.say((await exchange.good()).encoded())


async def _expire(proxy: Proxy) -> None:
    proxy.expired = set(proxy.credentials)
    proxy.asked_since = 0


FAULTS = (
    Fault("token refused", _refuse),
    Fault(
        "token expired within a poll",
        _refuse_known,
        begin=_expire,
        settings={"sinch": {"auth": "ecfauth"}},
        spares={"axialys": "has no tokens"},
    ),
)
