"""Reads the vendor's quarter hours: the latest at every poll, and now and then all that it keeps.

Source page: section */contactSummaries*. The vendor corrects past quarter hours, and all of a large installation may
take minutes to read. A read is therefore not bound to the poll that starts it: the poll waits for it, and fails if it
takes longer, but the read continues and the next poll receives its outcome. Totals exist once everything has been read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Queue
from exporter.runtime.clock import Clock
from exporter.vendors.sinch.api import SinchApi
from exporter.vendors.sinch.buckets import Day
from exporter.vendors.sinch.day import KEPT_SECONDS, DayTotals
from exporter.vendors.sinch.day_memory import DayMemory
from exporter.vendors.sinch.paging import MOST_AHEAD
from exporter.vendors.sinch.quarter_hours import QUARTER_HOURS
from exporter.vendors.sinch.times import timestamp
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.timezones import midnight

_LATEST_SECONDS = 2 * 3600.0
# A read that goes back further, as after failed polls, may have many more rows than the one before.
_COMPARABLE_SECONDS = 300.0
_WHOLE_EVERY_SECONDS = 900.0
_RETRY_SECONDS = 300.0
# The vendor may exclude rows that begin exactly at the requested start ("after a given time").
_MARGIN_SECONDS = 1.0
# A connection on which a page takes longer is regarded as lost.
_PAGE_TIMEOUT_SECONDS = 60.0
# The pages of a long whole read are spread over time, so that they do not delay other clients of the vendor. There are
# no totals before the end of the first one: its pauses are shorter after smaller pages. A later one takes most of its
# interval if it has very many pages.
_PAGES_AT_ONCE, _SPACING_SECONDS = 4, 12.0
_FIRST_ROWS_PER_SECOND = 800.0
_INTERVAL_SHARE = 0.9
# Queues added up between two chances for other tasks to run.
_QUEUES_AT_ONCE = 100

Pause = Callable[[int], float]


class _Read:
    """A read under way.

    Attributes:
        requested_from: The time from which quarter hours are requested.
        began: When it began, in seconds since the Unix epoch.
        pause: Returns the seconds of the pause after a page of this many rows; None if there are no pauses.
        pages: Pages read so far.
        rows: Rows read so far.
        notes: Unmapped values found so far and not yet reported.
        task: The task that reads.
    """

    task: asyncio.Task[None]

    def __init__(self, requested_from: float, began: float, pause: Pause | None) -> None:
        self.requested_from = requested_from
        self.began = began
        self.pause = pause
        self.pages = 0
        self.rows = 0
        self.notes: Notes = []

    def progress(self) -> str:
        return f"{self.pages} pages with {self.rows} rows"


class SummariesReader:
    """Keeps the quarter hours of one installation up to date.

    Attributes:
        memory: What was exported of them.
    """

    def __init__(  # noqa: PLR0913 - what the reads of one installation need
        self, api: SinchApi, clock: Clock, zone: ZoneInfo, query: Mapping[str, str], *, page_rows: int, timeout: float
    ) -> None:
        """Prepare the reads; nothing is sent before the first poll.

        Args:
            api: The installation.
            clock: The time.
            zone: The time zone of the days.
            query: The query that selects queues.
            page_rows: The most rows per page.
            timeout: The seconds a poll waits for its read.
        """
        self._api = api
        self._clock = clock
        self._zone = zone
        self._query = query
        self._page_rows = page_rows
        self._timeout = timeout
        self._decoder = Decoder(QUARTER_HOURS)
        self._totals = DayTotals()
        self.memory = DayMemory(self._totals, zone.key)
        self._whole: _Read | None = None
        self._latest: _Read | None = None
        # The pages of the last whole read; None before it.
        self._whole_pages: int | None = None
        # When the last complete read began, in seconds since the Unix epoch.
        self._read_at = 0.0
        self._next_whole = float("-inf")

    @property
    def read_at(self) -> float | None:
        """When the last complete read began, in seconds since the Unix epoch; None before the first one has ended."""
        return None if self._whole_pages is None else self._read_at

    def answered(self, queue_id: str, began: float, ends: float) -> float | None:
        """Return the contacts answered of a queue that arrived in whole quarter hours; None if that is unknown."""
        return self._totals.answered(queue_id, began, ends)

    async def update(self, notes: Notes) -> None:
        """Read the latest quarter hours, and all of them if that is due.

        Args:
            notes: Receives unmapped values.

        Raises:
            PollError: A read failed or is not complete yet.
        """
        if self._whole_pages is None:
            self._whole = self._whole or self._start_whole(lambda rows: rows / _FIRST_ROWS_PER_SECOND)
            await self._finish(self._whole, notes)
            return
        if self._whole is not None and self._whole.task.done():
            await self._finish(self._whole, notes)
        elif self._whole is None and self._clock.monotonic() >= self._next_whole:
            fits = _INTERVAL_SHARE * _WHOLE_EVERY_SECONDS / max(1, self._whole_pages)
            self._whole = self._start_whole(lambda _: min(_SPACING_SECONDS, fits))
        self._latest = self._latest or self._start(self._latest_from(), None)
        await self._finish(self._latest, notes)

    async def queues(self, day: Day, known: Mapping[str, Queue]) -> tuple[Queue, ...]:
        """Return the queues with their totals of the day.

        Args:
            day: The present day.
            known: The queues that exist, by id; empty if that is not known.
        """
        queues: list[Queue] = []
        self._totals.begin_export(day)
        for queue in self._totals.export(day, known):
            queues.append(queue)
            if not len(queues) % _QUEUES_AT_ONCE:
                await asyncio.sleep(0)
        return tuple(queues)

    def age(self) -> float | None:
        """Return the seconds since the vendor changed its statistics last, by its own clock; None if unknown."""
        changed = self._totals.changed
        return None if changed is None else max(0.0, self._api.now() - changed)

    def today(self) -> Day:
        """Return the present local day."""
        now = self._clock.time()
        began = midnight(now, self._zone)
        date = began.astimezone(self._zone).date()
        # Days have 23 to 25 hours: noon of tomorrow is always in tomorrow.
        ends = midnight((began + timedelta(hours=36)).timestamp(), self._zone)
        before = date - timedelta(days=1)
        return Day(date.isoformat(), began.timestamp(), ends.timestamp(), before.isoformat())

    def requests_a_minute(self, every: float) -> float:
        """Return how many pages are read, as far as the last whole read shows.

        Args:
            every: The seconds between two polls.
        """
        pages = self._whole_pages or 0
        latest = ceil(pages * _LATEST_SECONDS / KEPT_SECONDS)
        return 60.0 * (latest / every + pages / _WHOLE_EVERY_SECONDS)

    async def close(self) -> None:
        """Stop reading."""
        for read in (self._whole, self._latest):
            if read is not None:
                read.task.cancel()
                await asyncio.wait({read.task})
                # An unretrieved error would be logged.
                _ = read.task.cancelled() or read.task.exception()
        self._whole = self._latest = None

    def _latest_from(self) -> float:
        return min(self._read_at - _LATEST_SECONDS, self._totals.spoiled_from)

    def _start_whole(self, pause: Pause) -> _Read:
        self._totals.begin_whole_read()
        self._next_whole = self._clock.monotonic() + _WHOLE_EVERY_SECONDS
        return self._start(self._clock.time() - KEPT_SECONDS, pause)

    def _start(self, requested_from: float, pause: Pause | None) -> _Read:
        now = self._clock.time()
        read = _Read(min(requested_from, now - _LATEST_SECONDS), now, pause)
        read.task = asyncio.get_running_loop().create_task(self._run(read))
        return read

    async def _finish(self, read: _Read, notes: Notes) -> None:
        """Wait for a read and record its outcome.

        Raises:
            PollError: It failed, or is not complete yet; then it continues.
        """
        await asyncio.wait({read.task}, timeout=self._timeout)
        notes += read.notes
        read.notes.clear()
        if not read.task.done():
            message = f"not complete after {self._timeout:g}s, continuing: {read.progress()} so far"
            raise PollError(Reason.TIMEOUT, f"GET /{QUARTER_HOURS.name}: {message}", unmapped=tuple(notes))
        failed = read.task.cancelled() or read.task.exception() is not None
        if read is self._whole:
            self._whole = None
            if failed:
                self._next_whole = self._clock.monotonic() + _RETRY_SECONDS
            else:
                self._totals.end_whole_read(read.requested_from)
                self._whole_pages = read.pages
        else:
            self._latest = None
        read.task.result()
        self._read_at = max(self._read_at, read.began)
        self._totals.read_before = read.began - _LATEST_SECONDS

    async def _run(self, read: _Read) -> None:
        """Read all pages. Raises PollError."""
        since = timestamp(datetime.fromtimestamp(read.requested_from - _MARGIN_SECONDS, UTC))
        query = {**self._query, "startTime": since}
        # Pages that are requested ahead would not be spread over time.
        most_ahead = MOST_AHEAD if read.pause is None else 1
        pages = self._api.pages(
            QUARTER_HOURS.name,
            read.notes,
            query,
            limit=self._page_rows,
            most_ahead=most_ahead,
            comparable=read.began - read.requested_from <= _LATEST_SECONDS + _COMPARABLE_SECONDS,
        )
        try:
            await self._add_pages(pages, read)
        except TimeoutError as error:
            message = f"GET /{QUARTER_HOURS.name}: no answer within {_PAGE_TIMEOUT_SECONDS:g}s, after {read.progress()}"
            raise PollError(Reason.TIMEOUT, message) from error

    async def _add_pages(self, pages: AsyncIterator[msgspec.Raw], read: _Read) -> None:
        while True:
            async with asyncio.timeout(_PAGE_TIMEOUT_SECONDS):
                page = await anext(pages, None)
            if page is None:
                return
            rows = await self._decoder.read(page, read.notes)
            if rows and not any(row.queue_id for row in rows):
                raise PollError(Reason.INVALID, f"{QUARTER_HOURS.name}: no row has a queue")
            self._totals.add(rows, read.requested_from, self._api.now(), self.today(), read.notes)
            read.pages += 1
            read.rows += len(rows)
            if read.pause is not None and (read.rows >= self._page_rows or read.pages >= _PAGES_AT_ONCE):
                await self._clock.sleep(read.pause(len(rows)))
