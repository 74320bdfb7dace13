"""Statistics that take one request per group or number.

Source page: sections *4.1* and *4.2 Calls received* and *4.3 Supervision*.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Number, Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.axialys.api import AxialysApi, StatisticsRequest
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder, RowSchema
from exporter.vendors.toolkit.item_rounds import ItemRounds
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.requested_pause import RequestedPause

_GROUP = "group_id"
_NULL = msgspec.Raw(b"null")


class QueueStatistics:
    """One kind of statistics.

    Attributes:
        cadence: The times of the rounds.
    """

    def __init__(
        self,
        table: RowSchema[Queue] | RowSchema[Number],
        api: AxialysApi,
        cadence: Cadence,
        clock: Clock,
        pause: RequestedPause,
    ) -> None:
        """Prepare the requests; nothing is sent yet.

        Args:
            table: Mapping of a response.
            api: The target's API.
            cadence: The times of the rounds.
            clock: Paces the requests.
            pause: The pause requested by the vendor.
        """
        self.cadence = cadence
        self._name = table.name
        self._fields = {field.name for field in table.fields}
        self._decoder: Decoder[Any] = Decoder(table)
        self._api = api
        self._rounds: ItemRounds[str, Queue | Number] = ItemRounds(table.name, cadence, clock, pause)

    async def fetch(self, requests: Mapping[str, StatisticsRequest]) -> Snapshot:
        """Send the requests one after the other.

        Args:
            requests: The requests, by the id of their group or the name of their numbers.

        Raises:
            PollError: No request of this poll had a usable response.
        """
        notes: Notes = []
        responses = await self._rounds.poll(tuple(requests), lambda subject: self._row(requests[subject], notes))
        rows = responses.known.values()
        queues = tuple(row for row in rows if isinstance(row, Queue))
        numbers = tuple(row for row in rows if isinstance(row, Number))
        return Snapshot(queues=queues, numbers=numbers, unmapped=tuple(notes), poll_items=responses.items)

    async def _row(self, request: StatisticsRequest, notes: Notes) -> Queue | Number:
        row = await self._api.row(request.path, self._name, notes, query=request.query, json=request.json)
        if not row.keys() & self._fields - request.subject.keys():
            raise PollError(Reason.INVALID, f"{self._name}: none of the expected fields in response")
        self._require_requested(row, request.subject)
        # A group without a name in the list of groups has that of its statistics.
        subject = {field: value for field, value in request.subject.items() if value != ""}
        complete = msgspec.json.encode({**row, **subject})
        decoded: Queue | Number = self._decoder.decode_one(msgspec.Raw(complete), notes)
        return decoded

    def _require_requested(self, row: Mapping[str, msgspec.Raw], subject: Mapping[str, object]) -> None:
        """Require that a response which names its group is that of the requested one.

        Raises:
            PollError: It is another group's, as from a server that ignores the parameter.
        """
        requested = subject.get(_GROUP)
        returned = msgspec.json.decode(row.get(_GROUP, _NULL))
        if requested is None or not isinstance(returned, str | int):
            return
        if str(returned).strip() not in {"", str(requested)}:
            raise PollError(Reason.INVALID, f"{self._name}: group {requested} was requested, another one returned")
