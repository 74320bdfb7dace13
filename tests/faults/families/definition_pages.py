"""Lists of definitions whose pages are wrong: no part of a list may pass for the whole."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange, Message, Responder
from tests.support.recorded_dialect import Pages, recorded_dialects

_DIALECTS: Final = {dialect.name: dialect for dialect in recorded_dialects()}
_Change = Callable[[Exchange, Any, Pages], None]


def _pages(exchange: Exchange, document: object) -> Pages | None:
    """Return how the list in a response is read in pages."""
    if not isinstance(document, dict):
        return None
    dialect = _DIALECTS[exchange.proxy.vendor]
    return next((each for each in dialect.pages if isinstance(_at(document, each.records), list)), None)


def _keys(path: str) -> list[str]:
    """Return the keys of a path, or the only key if it is quoted."""
    return [path.strip('"')] if path.startswith('"') else path.split(".")


def _at(document: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    for key in _keys(path):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _put(document: Any, path: str, value: object) -> None:  # noqa: ANN401 - any JSON
    *keys, last = _keys(path)
    for key in keys:
        document = document[key]
    document[last] = value


def _changed(change: _Change, applies: Callable[[Pages], str]) -> Responder:
    async def respond(exchange: Exchange) -> None:
        good = await exchange.good()
        document = _document(exchange, good)
        pages = _pages(exchange, document)
        if pages is None or not applies(pages):
            await exchange.send(good.encoded())
        else:
            change(exchange, document, pages)
            await exchange.answer(json.dumps(document).encode())

    return respond


def _document(exchange: Exchange, good: Message) -> Any:  # noqa: ANN401 - any JSON
    return None if exchange.request.signs_in else json.loads(good.body)


def _point_elsewhere(exchange: Exchange, document: Any, pages: Pages) -> None:  # noqa: ANN401 - any JSON
    _put(document, pages.next, f"http://elsewhere.test:{exchange.proxy.port}/")


def _point_to_itself(exchange: Exchange, document: Any, pages: Pages) -> None:  # noqa: ANN401 - any JSON
    _put(document, pages.next, exchange.request.target)


def _end_early(_exchange: Exchange, document: Any, pages: Pages) -> None:  # noqa: ANN401 - any JSON
    """Leave out all records but the first, and every further page."""
    if pages.next:
        _put(document, pages.records, _at(document, pages.records)[:1])
        _put(document, pages.next, None)
    else:
        _put(document, pages.records, [])


async def _fail_later_pages(exchange: Exchange) -> None:
    proxy = exchange.proxy
    if exchange.request.target.encode() in proxy.answered:
        await exchange.answer(b"Internal Server Error", 500)
        return
    good = await exchange.good()
    document = _document(exchange, good)
    pages = _pages(exchange, document)
    if pages is not None and pages.next and (following := _at(document, pages.next)):
        proxy.answered.add(following.removeprefix(proxy.url).encode())
    await exchange.send(good.encoded())


def _next(pages: Pages) -> str:
    return pages.next


def _total(pages: Pages) -> str:
    return pages.total


def _without(applies: Callable[[Pages], str], reason: str) -> Mapping[str, str]:
    return {name: reason for name, dialect in _DIALECTS.items() if not any(map(applies, dialect.pages))}


_NO_NEXT: Final = _without(_next, "no such pages")

FAULTS = (
    Fault("next page at another host", _changed(_point_elsewhere, _next), not_applicable=_NO_NEXT),
    Fault("next page is the same page", _changed(_point_to_itself, _next), not_applicable=_NO_NEXT),
    Fault("later pages fail", _fail_later_pages, not_applicable=_NO_NEXT),
    Fault("list ends before its total", _changed(_end_early, _total), not_applicable=_without(_total, "no total")),
)
