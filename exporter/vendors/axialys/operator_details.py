"""Details of single operators, requested one by one and kept for the `operators` resource.

Source page: section *3.5 Retrieval of the operator's detailed status*. Caller data is never read.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import Poll
from exporter.vendors.axialys.api import OPERATOR_DETAILS_PATH, AxialysApi, quoted
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.round_robin import RoundRobin
from exporter.vendors.axialys.tables import Detail, operator_details
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.json_document import Notes

# The page sets no limit for 3.5; the one for all operators together (3.2) is applied to each operator.
DETAILS_FLOOR_SECONDS = 30.0

_CONCURRENCY = 4
# One operator may hold its slot for this share of the timeout, so that hanging requests do not block the others.
_TIMEOUT_SHARE = 0.25


class _Known(NamedTuple):
    detail: Detail
    requested_at: float


class OperatorDetails:
    """Known details of the operators of one target.

    Attributes:
        cadence: The times of the rounds.
    """

    def __init__(self, api: AxialysApi, dates: Dates, clock: Clock, poll: Poll) -> None:
        """Start without details; nothing is sent yet.

        Args:
            api: The target's API.
            dates: Reads dates.
            clock: Measures the age of details.
            poll: Configured interval and timeout.
        """
        table = operator_details(dates)
        self._name = table.name
        self._fields = {field.name for field in table.fields}
        self._decoder = Decoder(table)
        self._api = api
        self._clock = clock
        self.cadence = Cadence(poll, DETAILS_FLOOR_SECONDS, paced=True)
        time_limit = _TIMEOUT_SHARE * poll.timeout
        self._rounds = RoundRobin(table.name, self.cadence, clock, at_once=_CONCURRENCY, time_limit=time_limit)
        self._followed: Sequence[str] | None = None
        self._known: dict[str, _Known] = {}

    def follow(self, operators: Iterable[str]) -> None:
        """Request the details of these operators, by id, from now on, and discard those of all others."""
        self._followed = tuple(operators)
        self._known = {each: self._known[each] for each in self._followed if each in self._known}

    def get(self, operator: str) -> Detail | None:
        """Return an operator's detail, None if it is unknown or too old."""
        known = self._known.get(operator)
        if known is None or self._clock.monotonic() - known.requested_at > self.cadence.answers_kept:
            return None
        return known.detail

    async def refresh(self) -> Snapshot | None:
        """Request the details of every followed operator, oldest first; None before the operators are known.

        Raises:
            PollError: Every operator failed, or an error affects all of them.
        """
        if self._followed is None:
            return None
        notes: Notes = []
        operators = sorted(self._followed, key=self._requested_at)
        await self._rounds.run(operators, lambda operator: self._request(operator, notes), notes)
        return Snapshot(unmapped=tuple(notes))

    def _requested_at(self, operator: str) -> float:
        known = self._known.get(operator)
        return float("-inf") if known is None else known.requested_at

    async def _request(self, operator: str, notes: Notes) -> None:
        requested_at = self._clock.monotonic()
        path = f"{OPERATOR_DETAILS_PATH}{quoted(operator)}"
        redacted = f"{OPERATOR_DETAILS_PATH}…"
        try:
            row = await self._api.row(path, self._name, notes)
        except PollError as error:
            # With `agents.detail: pseudonym` the id must not appear in logs.
            message = str(error).replace(path, redacted).replace(f"{OPERATOR_DETAILS_PATH}{operator}", redacted)
            raise PollError(error.reason, message, retry_after=error.retry_after, sign_in=error.sign_in) from error
        if not row.keys() & self._fields:
            raise PollError(Reason.INVALID, f"{self._name}: none of the expected fields in response")
        # One of the two `id` fields is the account's, so the operator's id is taken from the request.
        detail = self._decoder.decode_one(msgspec.Raw(msgspec.json.encode(row)), notes, id=operator)
        self._known[operator] = _Known(detail, requested_at)
