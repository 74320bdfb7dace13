"""Operators in detail, asked for one by one and remembered for whoever shows the operators.

Source page: section *3.5 Retrieval of the operator's detailed status*. What it tells of callers is never read.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.axialys.api import Api
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.round_robin import Rounds
from exporter.vendors.axialys.tables import Detail, operator_details
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.json_document import Notes

# The page sets no limit here; the one it sets for all operators together (3.2) holds for each of them.
DETAILS_FLOOR_SECONDS = 30.0

_PATH = "/vm/op_details/"
_AT_ONCE = 4
_MOST_ROUNDS_OLD = 2
# One operator may keep its slot for this share of the timeout, so that some who hang do not leave the others unasked.
_PATIENCE_SHARE = 0.25


class _Known(NamedTuple):
    detail: Detail
    asked_at: float


class Details:
    """What is known of the operators of one target in detail."""

    def __init__(self, api: Api, dates: Dates, clock: Clock, *, interval: float, timeout: float) -> None:
        """Ask nothing yet.

        Args:
            api: Whom to ask.
            dates: Reads dates.
            clock: Tells how old a detail is.
            interval: Seconds from poll to poll, as configured.
            timeout: Seconds a poll may take, as configured.
        """
        table = operator_details(dates)
        self._name = table.name
        self._fields = {field.name for field in table.fields}
        self._decoder = Decoder(table)
        self._api = api
        self._clock = clock
        self._interval = max(interval, DETAILS_FLOOR_SECONDS)
        patience = _PATIENCE_SHARE * timeout
        self._rounds = Rounds(table.name, self._interval, clock, at_once=_AT_ONCE, patience=patience)
        self._followed: Sequence[str] | None = None
        self._known: dict[str, _Known] = {}

    def follow(self, operators: Iterable[str]) -> None:
        """Ask for these operators from now on, by their ids, and forget the others."""
        self._followed = tuple(operators)
        self._known = {each: self._known[each] for each in self._followed if each in self._known}

    def of(self, operator: str) -> Detail | None:
        """Return an operator's detail, None where it is not known or too old to be shown."""
        known = self._known.get(operator)
        if known is None or self._clock.monotonic() - known.asked_at > _MOST_ROUNDS_OLD * self._interval:
            return None
        return known.detail

    async def renew(self) -> Snapshot | None:
        """Ask for every operator followed, those first of whom least is known; None before there are any.

        Raises:
            PollError: None has a usable answer, or what went wrong concerns them all.
        """
        if self._followed is None:
            return None
        notes: Notes = []
        await self._rounds.go(sorted(self._followed, key=self._asked_at), lambda each: self._ask(each, notes), notes)
        return Snapshot(unmapped=tuple(notes))

    def _asked_at(self, operator: str) -> float:
        known = self._known.get(operator)
        return float("-inf") if known is None else known.asked_at

    async def _ask(self, operator: str, notes: Notes) -> None:
        asked_at = self._clock.monotonic()
        path = f"{_PATH}{quote(operator, safe='')}"
        try:
            row = await self._api.row(path, self._name, notes)
        except PollError as error:
            # Who is meant may be a pseudonym's secret.
            message = str(error).replace(path, f"{_PATH}…").replace(f"{_PATH}{operator}", f"{_PATH}…")
            raise PollError(error.reason, message, retry_after=error.retry_after) from error
        if not row.keys() & self._fields:
            raise PollError(Reason.INVALID, f"{self._name}: an object without any of the fields")
        # Of its two fields `id` one is the account's; whose answer it is we know.
        detail = self._decoder.decode_one(msgspec.Raw(msgspec.json.encode(row)), notes, id=operator)
        self._known[operator] = _Known(detail, asked_at)
