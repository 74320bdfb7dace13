"""Pages of other sizes, and rows that move between pages."""

import json
import re
from dataclasses import replace

from tests.faults.fault import Fault
from tests.faults.proxy import Exchange

_OFFSET = re.compile(rb"(?<=[?&]offset=)\d+")
_MOST_ROWS = 7
_NO_PAGES = dict.fromkeys(("kpn", "brightpattern", "axialys", "apio", "asterisk"), "no pages")


async def _short_pages(exchange: Exchange) -> None:
    rows = json.loads((await exchange.good()).body)
    await exchange.answer(json.dumps(rows[:_MOST_ROWS]).encode())


async def _moved_rows(exchange: Exchange) -> None:
    """Answer as if the first row had been deleted after the first page."""
    request = exchange.request
    at = _OFFSET.search(request.start)
    shifted = int(at[0]) + 1 if at is not None and at[0] != b"0" else 0
    moved = replace(request, start=_OFFSET.sub(b"%d" % shifted, request.start))
    rows = json.loads((await exchange.proxy.forward(moved)).body)
    await exchange.answer(json.dumps(rows[:_MOST_ROWS]).encode())


FAULTS = (
    Fault("pages of at most 7 rows", _short_pages, not_applicable=_NO_PAGES),
    Fault("rows that move up between pages", _moved_rows, not_applicable=_NO_PAGES),
)
