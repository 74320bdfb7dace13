"""One resource of a target: its requests, and the rows that their records become."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from exporter.errors import PollError
from exporter.model import Agent, ItemKind, Number, Period, PollItems, Queue, Snapshot, Trunk
from exporter.runtime.clock import Clock
from exporter.vendors.base import Resource
from exporter.vendors.definitions.api import Api, Received
from exporter.vendors.definitions.batches import Batch, Batches
from exporter.vendors.definitions.lists import KeptList
from exporter.vendors.definitions.records import RecordSelector, join, only_listed, split
from exporter.vendors.definitions.request_keys import ResourceRequest
from exporter.vendors.definitions.scope import Scope
from exporter.vendors.definitions.value_readers import ResponseTime
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder, RowSchema
from exporter.vendors.toolkit.item_rounds import ItemRounds
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.rate_floor import Floor

_KINDS: Final[Mapping[type, ItemKind]] = {Queue: "queues", Agent: "agents", Trunk: "trunks", Number: "numbers"}
"""The fields of a snapshot by the type of their items."""

FillLookups = Callable[[Notes], Awaitable[None]]


class DefinedResource:
    """One resource of a target."""

    def __init__(  # noqa: PLR0913 - the parts of one resource
        self,
        name: str,
        spec: ResourceRequest,
        schema: RowSchema[Any],
        *,
        api: Api,
        batches: Batches,
        scope: Scope,
        time: ResponseTime,
        cadence: Cadence,
        fill_lookups: FillLookups,
        lists: Sequence[KeptList],
        at_once: int | None,
        floor: Floor | None,
        period_of_request: bool,
        clock: Clock,
    ) -> None:
        """Prepare the resource; nothing is sent before the first poll.

        Args:
            name: Its name.
            spec: Its description.
            schema: How its records become rows.
            api: Sends its requests.
            batches: Sends them for each batch of ids.
            scope: What its fields refer to.
            time: The time of the response that is read.
            cadence: Its times.
            fill_lookups: Requests the lists that its fields refer to.
            lists: Lists whose requests are counted as its own.
            at_once: The most concurrent requests.
            floor: The vendor's minimum interval, None for none.
            period_of_request: Whether its requests contain the reporting day.
            clock: The time.
        """
        self._name = name
        self._spec = spec
        self._kind = _KINDS[schema.model]
        self._decoder = Decoder(schema)
        self._selector = RecordSelector(spec, name)
        self._api = api
        self._batches = batches
        self._scope = scope
        self._time = time
        self._cadence = cadence
        self._fill_lookups = fill_lookups
        self._floor = floor
        self._period_of_request = period_of_request
        self._clock = clock
        self._lists = lists
        self._requests = 0
        self._has_reason = any(field.to == "reason" for field in schema.fields)
        self._rounds: ItemRounds[Batch, tuple[Period | None, Received]] = ItemRounds(
            name, cadence, clock, api.account.pause, at_once=at_once or 1
        )

    def resource(self, *, carries_thresholds: bool) -> Resource:
        """Return it as the exporter polls it.

        Args:
            carries_thresholds: Whether it is the first resource that lists queues.
        """
        return Resource(
            self._name,
            self.fetch,
            self._cadence.floor,
            self._cadence.every,
            paced=self._spec.paced,
            carries_thresholds=carries_thresholds,
            provides=(self._kind,),
            remaining_pause=self._remaining_pause,
            cadence=self._cadence,
            requests_a_minute=self._requests_a_minute,
        )

    async def fetch(self) -> Snapshot:
        """Poll the vendor once. Raises PollError."""
        notes: Notes = []
        if self._floor is None:
            return await self._poll(notes)
        with self._floor.request():
            return await self._poll(notes)

    def _requests_a_minute(self) -> float:
        return 60.0 * self._requests / self._cadence.effective + sum(each.requests_a_minute for each in self._lists)

    def _remaining_pause(self) -> float:
        own = 0.0 if self._floor is None else self._floor.remaining_pause()
        return max(own, self._api.account.remaining_pause())

    async def _poll(self, notes: Notes) -> Snapshot:
        period = self._period()
        items = None
        if self._spec.paced:
            received, items = await self._round(period, notes)
            aged = self._period(items.oldest_seconds)
            if period is not None and aged is not None and aged.name == period.name:
                period = aged
        else:
            received = await self._batches.fetch(self._spec, self._selector, self._name, notes)
            if self._period_of_request and self._period() != period:
                # Some of the requests were of the new day.
                period = self._period()
                received = await self._batches.fetch(self._spec, self._selector, self._name, notes)
        self._requests = sum(each.pages for each in received)
        await self._fill_lookups(notes)
        try:
            rows = await self._rows(received, notes)
        except PollError as error:
            error.unmapped = error.unmapped or tuple(notes)
            raise
        complete = items is None or len(received) == items.total
        snapshot = Snapshot(agents_complete=complete, unmapped=tuple(notes), period=period, poll_items=items)
        return msgspec.structs.replace(snapshot, **{self._kind: rows})

    async def _round(self, period: Period | None, notes: Notes) -> tuple[Sequence[Received], PollItems]:
        """Request as many batches as the time allows; answers of an earlier reporting day are left out."""

        async def request(batch: Batch) -> tuple[Period | None, Received]:
            asked = self._period()
            return asked, await self._batches.fetch_one(self._spec, self._selector, self._name, notes, batch)

        responses = await self._rounds.poll(await self._batches.of(self._name, notes), request)
        name = None if period is None else period.name
        current = [
            received for asked, received in responses.known.values() if name == (None if asked is None else asked.name)
        ]
        return current, responses.items

    async def _rows(self, received: Sequence[Received], notes: Notes) -> tuple[Any, ...]:
        """Return the rows that the records become."""
        for pivot in self._scope.pivots.values():
            pivot.forget()
        self._time.now = max((each.date for each in received), default=self._clock.time())
        records = (
            received[0].records
            if len(received) == 1
            else join([row for each in received for row in split(each.records, self._name)])
        )
        if self._spec.only is not None:
            records = only_listed(records, self._spec.only, self._scope, self._name)
        rows = await self._decoder.read(records, notes)
        for pivot in self._scope.pivots.values():
            pivot.forget()
        return tuple(map(_without_old_reason, rows)) if self._has_reason else rows

    def _period(self, oldest_seconds: float = 0.0) -> Period | None:
        """Return the reporting period of totals that are requested now, None if the definition names none.

        Args:
            oldest_seconds: The age of the oldest response that is used with them.
        """
        if not self._period_of_request and self._spec.period is None:
            return None
        period = self._api.day.period(self._clock.time(), oldest_seconds)
        # A response to a request that contains the day has totals of that day only.
        return msgspec.structs.replace(period, settled=True) if self._period_of_request else period


def _without_old_reason(agent: Any) -> Any:  # noqa: ANN401 - the decoder's row
    """Return an agent without the reason of an earlier state: an available agent has none."""
    if agent.state == "available" and agent.reason:
        return msgspec.structs.replace(agent, reason="")
    return agent
