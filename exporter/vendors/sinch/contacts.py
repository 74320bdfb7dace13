"""Follows single contacts and observes each of their phases once.

Source page: section */contacts*. One collection returns the contacts of a window and, with `showAllInProcess`, all open
ones whatever their age. The page does not state which time of a contact `startTime` selects by. If it is the arrival, a
contact that was open for longer than the window is not listed any more once it has ended: it is then requested by its
id. If it is the end, nothing is missing. Both are handled alike, and the rows show which it is.

A reading is not bound to the poll that starts it, as after hours without polls it may take longer: the poll waits for
it, and fails if it takes longer, but the reading continues and the next poll receives its outcome.
"""

import asyncio
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from exporter.errors import PollError, Reason
from exporter.model import Failure, Period, Queue
from exporter.runtime.clock import Clock
from exporter.settings import Contacts
from exporter.vendors.sinch.api import SinchApi
from exporter.vendors.sinch.contact_rows import CONTACTS, Contact, sighting
from exporter.vendors.sinch.contact_totals import QUARTER_HOUR, ContactTotals
from exporter.vendors.sinch.day import KEPT_SECONDS
from exporter.vendors.sinch.summaries import SummariesReader
from exporter.vendors.sinch.times import timestamp
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.followed_items import FollowedItems
from exporter.vendors.toolkit.json_document import Notes

# The contacts of 36 hours at 100,000 a day; each takes about 250 bytes.
_MOST_CONTACTS = 150_000
# The first window is longer, because it shows what `startTime` selects by and each queue's threshold.
_FIRST_WINDOW_SECONDS = 3600.0
# Rows may be written or completed late, and rows that move between pages are read again at the next poll.
_OVERLAP_SECONDS = 900.0
# The vendor may exclude rows that begin exactly at the requested start ("after a given time").
_MARGIN_SECONDS = 1.0
_LARGEST_SKEW_SECONDS = 60.0
_MOST_SINGLE_REQUESTS = 100
_MOST_SINGLE_FAILURES = 3
# More failures than these, and no success before them, are those of the installation.
_MOST_FAILED = 2
# Errors of one contact; any other error would affect the following requests too.
_OF_ONE_CONTACT = frozenset({Reason.HTTP, Reason.DECODE, Reason.INVALID, Reason.LIMIT})
# The vendor rejects a request for an id of any other form.
_ID = re.compile(r"[0-9A-F]{32}")
# The vendor's own totals of a quarter hour are compared from half an hour after its end on, for a day.
_SETTLES_SECONDS = 1800.0
_COMPARED_SECONDS = 86_400.0
# Queues added up between two chances for other tasks to run.
_QUEUES_AT_ONCE = 100
_FILTERS = {
    "arrival": "`startTime` of /contacts selects contacts by their arrival",
    "end": "`startTime` of /contacts selects contacts by their end",
    None: "not known yet whether `startTime` of /contacts selects contacts by their arrival or their end",
}


class ContactsReader:
    """Keeps the single contacts of one installation up to date.

    Attributes:
        period: Since when contacts are observed; None before the first reading is complete.
    """

    def __init__(
        self, api: SinchApi, clock: Clock, settings: Contacts, query: Mapping[str, str], timeout: float
    ) -> None:
        """Prepare to read; nothing is sent before the first poll.

        Args:
            api: The installation.
            clock: The time.
            settings: The buckets.
            query: The query that selects queues.
            timeout: The seconds a poll waits for its reading.
        """
        self.period: Period | None = None
        self._api = api
        self._clock = clock
        self._query = {**query, "showAllInProcess": "1"}
        self._timeout = timeout
        self._decoder = Decoder(CONTACTS)
        self._totals = ContactTotals(settings)
        self._followed = FollowedItems(most=_MOST_CONTACTS, overlap=_OVERLAP_SECONDS, kept=KEPT_SECONDS)
        self._task: asyncio.Task[None] | None = None
        self._notes: Notes = []
        self._pages = self._rows = 0
        # Whether the last window was read to its end. If not, the next one is longer.
        self._complete = False
        self._refused = 0
        self._too_many = False
        # When the first reading ended, by the installation's time.
        self._observed_from: float | None = None
        # Failed requests for single contacts in succession.
        self._failures: Counter[str] = Counter()
        self._filter: str | None = None

    @property
    def findings(self) -> tuple[str, ...]:
        """What the rows have shown about the API, and whether there are too many contacts."""
        found = _FILTERS[self._filter]
        too_many = f"more than {_MOST_CONTACTS:,} contacts are open or recent: further ones are not observed"
        return (found, too_many) if self._too_many else (found,)

    async def update(self, notes: Notes) -> None:
        """Read the contacts of the window and all open ones.

        Args:
            notes: Receives unmapped values.

        Raises:
            PollError: The reading failed or is not complete yet.
        """
        if self._task is None:
            self._pages = self._rows = 0
            self._task = asyncio.get_running_loop().create_task(self._read())
        task = self._task
        await asyncio.wait({task}, timeout=self._timeout)
        notes += self._notes
        self._notes.clear()
        if not task.done():
            message = f"not complete after {self._timeout:g}s, continuing: {self._pages} pages with {self._rows} rows"
            raise PollError(Reason.TIMEOUT, f"GET /{CONTACTS.name}: {message} so far", unmapped=tuple(notes))
        self._task = None
        task.result()

    async def queues(self, listed: Mapping[str, Queue], summaries: SummariesReader) -> tuple[Queue, ...]:
        """Return the queues with their single contacts.

        Args:
            listed: The queues that exist, by id; empty if that is not known.
            summaries: The vendor's own totals.
        """
        self._totals.list(listed)
        began, ends = self._compared(summaries.read_at)
        kept_from = self._api.now() - _COMPARED_SECONDS

        def difference(queue_id: str, answered: Mapping[int, int]) -> float | None:
            own = summaries.answered(queue_id, began, ends) if began < ends else None
            observed = sum(count for quarter, count in answered.items() if began <= quarter * QUARTER_HOUR < ends)
            return None if own is None else own - observed

        queues: list[Queue] = []
        for queue_id in self._totals.ids(listed, kept_from):
            queues.append(self._totals.read(queue_id, difference, kept_from))
            if not len(queues) % _QUEUES_AT_ONCE:
                await asyncio.sleep(0)
        return tuple(queues)

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            # An unretrieved error would be logged.
            _ = self._task.cancelled() or self._task.exception()
            self._task = None

    def _compared(self, summaries_read_at: float | None) -> tuple[float, float]:
        """Return the start and end of the quarter hours of arrival that both sides know; equal if there are none."""
        now = self._api.now()
        if summaries_read_at is None or self._observed_from is None:
            return now, now
        began = math.ceil(max(self._observed_from, now - _COMPARED_SECONDS) / QUARTER_HOUR) * QUARTER_HOUR
        # A read of the summaries that is not recent lacks what has ended since.
        latest = min(now, summaries_read_at + self._skew()) - _SETTLES_SECONDS
        return began, max(began, latest // QUARTER_HOUR * QUARTER_HOUR)

    async def _read(self) -> None:
        """Read the window to its end, at the start all that later windows can contain. Raises PollError."""
        skew = self._skew()
        await self._read_window()
        if not self._followed.primed and abs(self._skew() - skew) > _LARGEST_SKEW_SECONDS:
            # The first response shows the installation's time: the window was not what it should be.
            await self._read_window()
        self._followed.end_reading()
        while not self._followed.primed:
            await self._read_window()
            self._followed.end_reading()
        self._too_many, self._refused = self._followed.refused > self._refused, self._followed.refused
        if self.period is None:
            self._observed_from, now = self._api.now(), self._clock.time()
            self.period = Period(name=f"observed since {timestamp(datetime.fromtimestamp(now, UTC))}", began=now)

    def _skew(self) -> float:
        """Return by how many seconds the installation's clock is ahead."""
        return self._api.now() - self._clock.time()

    async def _read_window(self) -> None:
        """Read the contacts of the window, and those that have left it. Raises PollError."""
        now = self._api.now()
        since = math.floor(self._followed.begin_reading(now - _FIRST_WINDOW_SECONDS, now) - _MARGIN_SECONDS)
        query = {**self._query, "startTime": timestamp(datetime.fromtimestamp(since, UTC))}
        callbacks: dict[str, str] = {}
        comparable, self._complete = self._followed.primed and self._complete, False
        async for page in self._api.pages(CONTACTS.name, self._notes, query, comparable=comparable):
            rows = await self._decoder.read(page, self._notes)
            self._pages += 1
            self._rows += len(rows)
            self._add(rows)
            callbacks.update((row.id, row.queue_id) for row in rows if row.is_callback and row.is_in_queue)
            if any(_ended_after_arriving_before(row, since) for row in rows):
                self._filter = "end"
        self._complete = True
        # Every reading lists all open contacts.
        self._totals.count_waiting_callbacks(Counter(callbacks.values()))
        await self._request_missing(since)

    def _add(self, contacts: Iterable[Contact]) -> None:
        now = self._api.now()
        for contact in contacts:
            if contact.arrived is None:
                self._notes.append((f"{CONTACTS.name}.arrivalTime", "missing"))
                continue
            refused = self._followed.refused
            phases = self._followed.record(sighting(contact, contact.arrived), now)
            if self._followed.refused > refused:
                self._notes.append((f"{CONTACTS.name}.id", "too many contacts at a time to follow this one"))
            self._totals.add(contact, contact.arrived, phases, self._notes)

    async def _request_missing(self, since: float) -> None:
        """Request the contacts that were open and are not listed any more.

        The failure of one request costs that contact only; it is repeated at the next polls.

        Raises:
            PollError: All requests fail, or for a reason that would affect the following ones too.
        """
        failed: dict[str, PollError] = {}
        answered = False
        for key in self._followed.missing(_MOST_SINGLE_REQUESTS):
            try:
                contacts = await self._request(key)
            except PollError as error:
                failed[key] = error
                self._followed.count_request(key)  # the next poll begins with another one
                if error.reason not in _OF_ONE_CONTACT or (len(failed) > _MOST_FAILED and not answered):
                    raise
                continue
            answered = True
            self._add(contacts)
            # One that ended in the window although the window did not contain it; it may be in a queue of no interest.
            if any(self._is_selected(each) and _ended_after_arriving_before(each, since) for each in contacts):
                self._filter = "arrival"
            self._failures.pop(key, None)
            if contacts:
                self._followed.postpone(key)  # unless it has ended, which settles it
            else:
                self._followed.give_up(key)
        for key, failure in failed.items():
            text = f"request for a contact failed: {failure.reason.value}"
            self._notes.append((f"{CONTACTS.name}.id", Failure(text)))
            self._record_failure(key)

    async def _request(self, key: str) -> Sequence[Contact]:
        """Return a contact, nothing if it is not visible any more. Raises PollError."""
        body = await self._api.contact(key, self._notes) if _ID.fullmatch(key) else None
        contacts = [] if body is None else self._decoder.decode(body, self._notes)
        if not contacts:
            self._notes.append((f"{CONTACTS.name}.id", "an open contact is not visible any more"))
        return contacts

    def _record_failure(self, key: str) -> None:
        """Count a failed request for a contact; after some in succession it is not requested any more."""
        self._failures[key] += 1
        if self._failures[key] >= _MOST_SINGLE_FAILURES:
            del self._failures[key]
            self._followed.give_up(key)

    def _is_selected(self, contact: Contact) -> bool:
        selected = self._query.get("queueId")
        return selected is None or contact.queue_id in selected.split(",")


def _ended_after_arriving_before(contact: Contact, since: float) -> bool:
    """Return whether a contact arrived before the window and ended in it."""
    arrived, ended = contact.arrived, contact.disconnected
    is_final = contact.status not in {"open", "unknown"}
    return is_final and arrived is not None and ended is not None and arrived < since <= ended
