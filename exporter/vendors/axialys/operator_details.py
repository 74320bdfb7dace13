"""Details of single operators, requested one by one and kept for the `operators` resource.

Source page: section *3.5 Retrieval of the operator's detailed status*. Caller data is never read.
"""

from collections.abc import Iterable, Mapping

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import Poll
from exporter.vendors.axialys.api import OPERATOR_DETAILS_PATH, AxialysApi, quoted
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.operators import Detail, operator_details
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.item_rounds import ItemRounds
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.requested_pause import RequestedPause

# The page sets no limit for 3.5; the one for all operators together (3.2) is applied to each operator.
DETAILS_FLOOR_SECONDS = 30.0

_AT_ONCE = 4


class OperatorDetails:
    """Known details of the operators of one target.

    Attributes:
        cadence: The times of the rounds.
    """

    def __init__(self, api: AxialysApi, dates: Dates, clock: Clock, poll: Poll, pause: RequestedPause) -> None:
        """Start without details; nothing is sent yet.

        Args:
            api: The target's API.
            dates: Reads dates.
            clock: Measures the age of details.
            poll: Configured interval and timeout.
            pause: The pause requested by the vendor.
        """
        table = operator_details(dates)
        self._name = table.name
        self._fields = {field.name for field in table.fields}
        self._decoder = Decoder(table)
        self._api = api
        self.cadence = Cadence(poll, DETAILS_FLOOR_SECONDS, paced=True)
        self._rounds: ItemRounds[str, Detail] = ItemRounds(table.name, self.cadence, clock, pause, at_once=_AT_ONCE)
        self._followed: Mapping[str, None] | None = None

    def follow(self, operators: Iterable[str]) -> None:
        """Request the details of these operators, by id, from now on."""
        self._followed = dict.fromkeys(operators)

    def get(self, operator: str) -> Detail | None:
        """Return an operator's detail, None if it is unknown, too old or not followed."""
        return self._rounds.known(operator) if operator in (self._followed or {}) else None

    async def refresh(self) -> Snapshot | None:
        """Request the details of every followed operator; None before the operators are known.

        Raises:
            PollError: No request of this poll had a usable response.
        """
        if self._followed is None:
            return None
        notes: Notes = []
        responses = await self._rounds.poll(tuple(self._followed), lambda operator: self._request(operator, notes))
        return Snapshot(unmapped=tuple(notes), poll_items=responses.items)

    async def _request(self, operator: str, notes: Notes) -> Detail:
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
        return self._decoder.decode_one(msgspec.Raw(msgspec.json.encode(row)), notes, id=operator)
