"""Answers of Asterisk's manager interface that report an error or an end with status 200, and lists with gaps."""

import re

from tests.faults.families.credentials import ended, refuse_known_with
from tests.faults.fault import Fault
from tests.faults.proxy import Exchange

_DENIED = b"Response: Error\r\nMessage: Permission denied\r\n\r\n"
_SHUTTING_DOWN = b"Response: Error\r\nMessage: Asterisk is shutting down\r\n\r\n"
_NO_MANAGER = dict.fromkeys(("kpn", "sinch", "brightpattern", "axialys", "apio"), "not AMI")
_EVENT = re.compile(rb"Event: (QueueMember|EndpointList)\r\n(?:.+\r\n)+\r\n")
_END = re.compile(rb"Event: \w+Complete\r\n(?:.+\r\n)+\r\n")


async def _end_session(exchange: Exchange) -> None:
    await refuse_known_with(exchange, _DENIED, 200)


async def _shut_down(exchange: Exchange) -> None:
    await exchange.answer(_SHUTTING_DOWN)


async def _without(exchange: Exchange, part: re.Pattern[bytes]) -> None:
    good = await exchange.good()
    if exchange.request.signs_in:
        await exchange.send(good.encoded())
    else:
        await exchange.answer(part.sub(b"", good.body, count=1))


async def _lose_an_item(exchange: Exchange) -> None:
    await _without(exchange, _EVENT)


async def _lose_the_end(exchange: Exchange) -> None:
    await _without(exchange, _END)


FAULTS = (
    ended("AMI session ended with status 200", _end_session, not_applicable=_NO_MANAGER),
    Fault("AMI error with status 200", _shut_down, not_applicable=_NO_MANAGER),
    Fault("AMI list that lost an item", _lose_an_item, not_applicable=_NO_MANAGER),
    Fault("AMI list that lost its end", _lose_the_end, not_applicable=_NO_MANAGER),
)
