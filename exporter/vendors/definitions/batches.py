"""One request for each batch of ids; a failed request fails the poll."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.definitions.api import Api, Received
from exporter.vendors.definitions.records import RecordSelector, join, marked, split
from exporter.vendors.definitions.request_keys import Request
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.pacing import Pace, visit_each

AT_ONCE: Final = 4
"""Concurrent requests of a poll unless the definition limits them."""

# More than any vendor allows in the time of a poll.
_MOST_REQUESTS: Final = 10_000

Ids = Callable[[Notes], Awaitable[Sequence[str]]]
Batch = tuple[str, ...]


class Batches:
    """The requests for each batch of ids, or the only request if there are no ids to ask for."""

    def __init__(self, api: Api, ids: Ids | None, size: int, at_once: int | None, clock: Clock) -> None:
        """Prepare the requests.

        Args:
            api: Sends them.
            ids: Returns the ids to ask for; None for a single request without ids.
            size: The ids of one request.
            at_once: The most concurrent requests, None for the default.
            clock: The time.
        """
        self._api = api
        self._ids = ids
        self._size = size
        self._at_once = at_once or AT_ONCE
        self._clock = clock

    async def of(self, name: str, notes: Notes) -> Sequence[Batch]:
        """Return the batches; a request without ids is one batch.

        Args:
            name: Name of the records, for messages.
            notes: Receives text that had to be replaced.

        Raises:
            PollError: The ids cannot be requested, or there are too many.
        """
        if self._ids is None:
            return [()]
        ids = await self._ids(notes)
        requests = -(-len(ids) // self._size)
        if requests > _MOST_REQUESTS:
            message = f"{name}: {requests} requests in one poll; the most are {_MOST_REQUESTS}"
            raise PollError(Reason.LIMIT, message)
        return [tuple(ids[start : start + self._size]) for start in range(0, len(ids), self._size)]

    async def fetch(self, request: Request, selector: RecordSelector, name: str, notes: Notes) -> Sequence[Received]:
        """Send every request and return the responses in the order of the batches.

        Args:
            request: The request.
            selector: Finds the records.
            name: Name of the records, for notes.
            notes: Receives text that had to be replaced.

        Raises:
            PollError: One of the requests failed; the first such error.
        """
        batches = await self.of(name, notes)
        if len(batches) == 1:
            return [await self.fetch_one(request, selector, name, notes, batches[0])]
        responses: dict[Batch, Received] = {}
        errors: list[PollError] = []

        async def visit(batch: Batch) -> bool:
            try:
                responses[batch] = await self.fetch_one(request, selector, name, notes, batch)
            except PollError as error:
                errors.append(error)
            return not errors

        await visit_each(batches, visit, Pace(self._clock.monotonic(), self._at_once), self._clock)
        if errors:
            raise errors[0]
        return [responses[batch] for batch in batches]

    async def fetch_one(
        self, request: Request, selector: RecordSelector, name: str, notes: Notes, batch: Batch
    ) -> Received:
        """Send the request of one batch; records of a single id are marked with it. Raises PollError."""
        received = await self._api.fetch(request, selector, name, notes, batch)
        if self._ids is None or self._size != 1:
            return received
        return replace(received, records=join(marked(split(received.records, name), "@id", batch[0])))
