"""Responses that are well-formed and contain values that must not be taken at their word."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from tests.faults.families import definition_fields
from tests.faults.fault import Fault
from tests.faults.proxy import Exchange, Responder
from tests.support.recorded_dialect import recorded_dialects

_Replace = Callable[[str, object], object]

# Fields of running totals that no ratio or average is computed from.
_TOTALS: Final = re.compile(
    r"(Offered|Answered|InServiceLevel|Transferred|Hold|RONA)Calls"  # kpn
    r"|in(ServiceClosed|HandleTimeTotal|AbandonedQueueTimeTotal)|handledContacts\w+"  # sinch
    r"|(in|out)_calls_(received|handled|abandoned\w*)_per_day|agent_total_\w+_time"  # brightpattern
    r"|nbr_(global|repondu|perdus|abandon\w+|escalades)|calls_count|agent_connected_calls_count"  # axialys
)
_DURATIONS: Final = re.compile(
    r"(Ring|Answer|Abandon|ACD)[Tt]ime|LongestWaitingCall|Time"
    r"|\w*Duration\w*|in\w+Time(Total|Max)|(ready|notReady|pause)Time"
    r"|\w+_(duration|time|speed_of_answer|ewt)"
    r"|tps_\w+|total_duration"
)
_SINGLE_AGENTS: Final[Mapping[str, Mapping[str, object]]] = {
    vendor: {"agents": {"detail": "id"}}
    for vendor in ("sinch", "brightpattern", *(dialect.name for dialect in recorded_dialects()))
}
_NO_TOTALS: Final = {"apio": "no totals"} | {
    dialect.name: "no totals" for dialect in recorded_dialects() if dialect.name not in definition_fields.TOTALS
}


def _is_total(exchange: Exchange, key: str) -> bool:
    vendor = exchange.proxy.vendor
    if vendor in definition_fields.TOTALS:
        return definition_fields.TOTALS.match(vendor, exchange.request.target, key)
    return bool(_TOTALS.fullmatch(key))


def _is_duration(exchange: Exchange, key: str) -> bool:
    vendor = exchange.proxy.vendor
    if vendor in definition_fields.DURATIONS:
        return definition_fields.DURATIONS.match(vendor, exchange.request.target, key)
    return bool(_DURATIONS.fullmatch(key))


def _changed(value: object, replace: _Replace, key: str = "") -> object:
    """Return a document with the values of some keys replaced."""
    if isinstance(value, dict):
        return {name: _changed(each, replace, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_changed(each, replace, key) for each in value]
    return replace(key, value)


async def _answer_with(exchange: Exchange, change: Callable[[object], object]) -> None:
    good = await exchange.good()
    if exchange.request.signs_in or not good.body:
        await exchange.send(good.encoded())
    else:
        await exchange.answer(json.dumps(change(json.loads(good.body))).encode())


def _like(value: object, number: int) -> object:
    """Return a number in the form of another value: vendors send numbers as such or as text."""
    return str(number) if isinstance(value, str) else number


async def _zero_once(exchange: Exchange) -> None:
    """Answer the first request for each resource with totals of 0."""
    path = exchange.request.start
    first = path not in exchange.proxy.answered
    exchange.proxy.answered.add(path)

    def zero(key: str, value: object) -> object:
        return _like(value, 0) if _is_total(exchange, key) and value is not None else value

    await _answer_with(exchange, lambda document: _changed(document, zero) if first else document)


def _unsigned(bits: int) -> Responder:
    minus_one = 2**bits - 1

    async def respond(exchange: Exchange) -> None:
        def replace(key: str, value: object) -> object:
            known = _is_total(exchange, key) or _is_duration(exchange, key)
            return _like(value, minus_one) if known and value is not None else value

        await _answer_with(exchange, lambda document: _changed(document, replace))

    return respond


def _bare(value: object) -> object:
    """Return a document in which every list of one object is that object."""
    if isinstance(value, dict):
        return {name: _bare(each) for name, each in value.items()}
    if isinstance(value, list):
        each = [_bare(part) for part in value]
        return each[0] if len(each) == 1 and isinstance(each[0], dict) else each
    return value


async def _bare_objects(exchange: Exchange) -> None:
    await _answer_with(exchange, _bare)


async def _latin_1(exchange: Exchange) -> None:
    """Add a field in latin-1, which is not valid UTF-8, to each object."""
    good = await exchange.good()
    if exchange.request.signs_in:
        await exchange.send(good.encoded())
    else:
        body = good.body.replace(b": {", b': {"note": "Caf\xe9", ').replace(b", {", b', {"note": "Caf\xe9", ')
        await exchange.answer(body.replace(b", }", b"}"))


async def _forbidden(exchange: Exchange) -> None:
    await exchange.answer(b'{"error": "forbidden"}', 403)


_NOT_JSON = {"asterisk": "not JSON"}

FAULTS = (
    Fault(
        "totals of 0 in one response",
        _zero_once,
        settings=_SINGLE_AGENTS,
        not_applicable={**_NO_TOTALS, **_NOT_JSON},
    ),
    Fault("totals and durations of 32-bit -1", _unsigned(32), settings=_SINGLE_AGENTS, not_applicable=_NOT_JSON),
    Fault("totals and durations of 64-bit -1", _unsigned(64), settings=_SINGLE_AGENTS, not_applicable=_NOT_JSON),
    Fault("lists of one as objects", _bare_objects, not_applicable=_NOT_JSON),
    Fault("latin-1 in UTF-8", _latin_1, not_applicable=_NOT_JSON),
    Fault("403", _forbidden, pause=60.0),
)
