"""Invalid response bodies."""

import json
import random
import zlib
from collections.abc import Callable
from functools import cache

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange, Responder

_MEBIBYTE = 1 << 20
_BOMB_MEBIBYTES = 64
_ENDLESS_MEBIBYTES = 400
_GARBAGE = random.Random(8).randbytes(3000)  # noqa: S311 - not a secret
_PAGE = b"<!doctype html><html><title>Sign in</title><body><form action=/login>Please sign in</form></body></html>"


async def _cut(exchange: Exchange) -> None:
    body = (await exchange.good()).body
    await exchange.answer(body[: len(body) // 2])


async def _cut_chunks(exchange: Exchange) -> None:
    body = (await exchange.good()).body
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    await exchange.send(head, f"{len(body):x}\r\n".encode(), body[: len(body) // 2])


async def _length_too_long(exchange: Exchange) -> None:
    body = (await exchange.good()).body
    await exchange.answer(body, length=len(body) + 1000)


async def _length_too_short(exchange: Exchange) -> None:
    body = (await exchange.good()).body
    await exchange.answer(body, length=len(body) // 3)


async def _garbage(exchange: Exchange) -> None:
    await exchange.answer(_GARBAGE)


async def _not_http(exchange: Exchange) -> None:
    await exchange.send(_GARBAGE)


async def _page(exchange: Exchange) -> None:
    await exchange.answer(_PAGE, headers={"Content-Type": "text/html"})


async def _empty(exchange: Exchange) -> None:
    await exchange.answer(b"")


async def _bomb(exchange: Exchange) -> None:
    await exchange.answer(_compressed(), headers={"Content-Encoding": "gzip"})


@cache
def _compressed() -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return b"".join([packer.compress(bytes(_MEBIBYTE)) for _ in range(_BOMB_MEBIBYTES)]) + packer.flush()


async def _endless(exchange: Exchange) -> None:
    size = _ENDLESS_MEBIBYTES * _MEBIBYTE
    await exchange.answer(b"[", length=size)
    block = b" " * (_MEBIBYTE // 16)
    for _ in range(size // len(block)):
        await exchange.send(block)


def _wrong(document: object, level: int) -> object:
    """Return a document in which every value at a level has another type."""
    if level and isinstance(document, dict):
        return {key: _wrong(value, level - 1) for key, value in document.items()}
    if level and isinstance(document, list):
        return [_wrong(value, level - 1) for value in document]
    if level:
        return document
    # Vendors may accept numbers as strings and vice versa, so only these are certain to be of a wrong type.
    return 7 if isinstance(document, dict | list) else {"unexpected": [True]}


def _wrong_at(level: int) -> Responder:
    async def respond(exchange: Exchange) -> None:
        good = await exchange.good()
        if exchange.request.signs_in:
            await exchange.send(good.encoded())
        else:
            await exchange.answer(json.dumps(_wrong(json.loads(good.body or b"null"), level)).encode())

    return respond


def _named(make: Callable[[int], Responder], name: str, levels: range) -> tuple[Fault, ...]:
    not_json = {"asterisk": "not JSON"}
    return tuple(Fault(f"{name} {level}", make(level), not_applicable=not_json) for level in levels)


FAULTS = (
    Fault("truncated body", _cut),
    Fault("truncated chunk", _cut_chunks),
    Fault("`Content-Length` too long", _length_too_long),
    Fault("`Content-Length` too short", _length_too_short),
    Fault("garbage as a body", _garbage),
    Fault("garbage instead of HTTP", _not_http),
    Fault("HTML page", _page),
    Fault("empty body", _empty),
    Fault("gzip bomb", _bomb),
    Fault("body of 400 MiB", _endless),
)
TYPES = _named(_wrong_at, "wrong JSON types at level", range(6))
