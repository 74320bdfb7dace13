"""Reading a collection page by page to its proven end, whatever the server's page size.

The server may deliver fewer rows than `limit`, and rows may be inserted and deleted while the pages are read. Every row
that is there throughout the reading is delivered, once:

- Pages overlap: a page begins at the last row read so far. If none of its rows has been read, rows have moved up, and
  earlier offsets are requested until a page contains one.
- The end is proven by a page that is shorter than another of this collection and either contains nothing new, or makes
  the collection at least as long as it was at the last reading. A page that is shorter than `limit` proves nothing. If
  the pages of a collection have different lengths, as where a server limits their bytes, only the first proof is valid.
- A server that returns the same rows whatever the offset ignores it; what it sent is everything unless it is exactly
  one page.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from exporter.errors import PollError, Reason

# The vendor's page size if it does not honour a larger `limit`: a page of this many rows may not be the last.
_DEFAULT_LIMIT = 100
# Enough for all quarter hours of a day in thousands of queues; bounds the requests to a server that never ends.
_MOST_PAGES = 5000
# More would delay other clients of the vendor.
MOST_AHEAD = 4
_STEP_BACK_FACTOR = 4
# Beyond the end of any collection.
_FAR_OFFSET = 100_000_000
# The server's largest page may have become smaller since, such as by an upgrade.
_PROOF_SECONDS = 600.0


class Page(NamedTuple):
    """One page.

    Attributes:
        rows: Its rows.
        keys: What identifies each row: its id, or the row itself if it has none.
        notes: What had to be replaced in it.
    """

    rows: Sequence[msgspec.Raw]
    keys: Sequence[Hashable]
    notes: Sequence[tuple[str, str]] = ()


Fetch = Callable[[int], Awaitable[Page]]


@dataclass
class Knowledge:
    """What earlier readings of a collection have shown.

    Attributes:
        length: Number of rows at the last complete reading; None before the first.
        reached: Number of rows that are expected, because the last reading came this far.
        largest: The most rows of a page within the last ten minutes.
        largest_at: When that page was read.
        varied_at: When a page that was shorter than another one was not the last.
    """

    length: int | None = None
    reached: int = 0
    largest: int = 0
    largest_at: float = float("-inf")
    varied_at: float = float("-inf")

    def largest_of_all(self, now: float) -> int:
        """Return the most rows of a page, 0 if that proves nothing: it is unknown, outdated, or lengths vary."""
        is_valid = self.largest_at + _PROOF_SECONDS >= now > self.varied_at + _PROOF_SECONDS
        return self.largest if is_valid else 0

    def record(self, rows: int, now: float) -> None:
        """Record the length of a page."""
        if rows >= self.largest or now > self.largest_at + _PROOF_SECONDS:
            self.largest, self.largest_at = rows, now


class Reading:
    """One reading of a collection."""

    def __init__(  # noqa: PLR0913 - what one collection needs
        self,
        name: str,
        fetch: Fetch,
        limit: int,
        knowledge: Knowledge,
        now: Callable[[], float],
        *,
        most_ahead: int = MOST_AHEAD,
    ) -> None:
        """Prepare to read.

        Args:
            name: The request, such as `GET /agents`, for messages.
            fetch: Requests the page that begins at an offset.
            limit: The most rows that are requested per page.
            knowledge: What is known about the collection; updated.
            now: Returns the time in seconds.
            most_ahead: The most requests under way at a time.
        """
        self._name = name
        self._fetch = fetch
        self._limit = limit
        self._knowledge = knowledge
        self._now = now
        self._most_ahead = most_ahead
        self._ahead: deque[tuple[int, asyncio.Task[Page]]] = deque()
        self._requests = 0
        self._seen: set[Hashable] = set()
        self._end = 0
        self._last = Page((), ())
        self._largest = 0
        self._empty_at: int | None = None
        self._unexpected = 0
        self._pages = 0

    @property
    def _progress(self) -> str:
        """How far the reading has come, for error messages."""
        return f"after {self._pages} pages with {len(self._seen)} rows"

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Yield the pages, each with only those rows that it adds.

        Raises:
            PollError: A page could not be fetched, the pages do not end, or `offset` is ignored.
        """
        try:
            offset, page = 0, await self._request(0)
            while True:
                fresh = self._fresh(page)
                if fresh.rows and self._pages and len(self._last.rows) < max(self._largest, len(page.rows)):
                    self._knowledge.varied_at = self._now()
                if await self._ignores_offset(page):
                    offset, is_last = 0, True
                else:
                    is_last = self._is_last(offset, page, is_fresh=bool(fresh.rows))
                self._record(offset, page)
                if fresh.rows or self._pages == 1:
                    yield fresh
                if is_last:
                    break
                offset, page = await self._next()
            self._knowledge.length = self._knowledge.reached = offset + len(page.rows)
        except asyncio.CancelledError as error:
            error.add_note(self._progress)
            raise
        except PollError as error:
            if not self._pages:
                raise
            message = f"{error} {self._progress}"
            raise PollError(
                error.reason,
                message,
                retry_after=error.retry_after,
                unmapped=error.unmapped,
                sign_in=error.sign_in,
            ) from error
        finally:
            await self._drop_ahead()

    def _fresh(self, page: Page) -> Page:
        fresh = [at for at, key in enumerate(page.keys) if key not in self._seen]
        return Page([page.rows[at] for at in fresh], [page.keys[at] for at in fresh], page.notes)

    async def _ignores_offset(self, page: Page) -> bool:
        """Return whether the server returns everything it has at any offset.

        Raises:
            PollError: The server ignores the offset, and there may be more rows than it returns.
        """
        if not page.rows or page.keys != self._last.keys:
            return False
        # Insertions between two requests may make their pages equal, too.
        if (await self._request(_FAR_OFFSET)).keys != page.keys:
            return False
        if len(page.rows) in {self._limit, min(self._limit, _DEFAULT_LIMIT)}:
            raise PollError(Reason.INVALID, f"{self._name}: all pages are equal: the server ignores `offset`")
        return True

    def _is_last(self, offset: int, page: Page, *, is_fresh: bool) -> bool:
        """Return whether a page that adjoins the rows read so far proves the end of the collection."""
        count = len(page.rows)
        end = offset + count
        if not count or (not offset and not is_fresh and self._empty_at is not None and end >= self._empty_at):
            return True
        if count < self._largest and (not is_fresh or end <= self._end):
            return True
        known = self._knowledge
        return count < known.largest_of_all(self._now()) and known.length is not None and end >= known.length

    def _record(self, offset: int, page: Page) -> None:
        count = len(page.rows)
        self._pages += 1
        self._seen.update(page.keys)
        self._last = page
        self._end = offset + count
        self._empty_at = None
        self._unexpected += self._end > (self._knowledge.length or 0)
        self._largest = max(self._largest, count)
        self._knowledge.record(count, self._now())
        self._knowledge.reached = max(self._knowledge.reached, self._end)

    async def _next(self) -> tuple[int, Page]:
        """Return the offset and the rows of the page that continues the rows read so far."""
        # If every page has one row, pages cannot overlap.
        overlaps = self._largest > 1
        offset = self._end - overlaps
        if self._ahead and self._ahead[0][0] != offset:
            await self._drop_ahead()  # the last page had another length than those before: these do not adjoin it
        self._request_ahead(offset)
        offset, task = self._ahead.popleft()
        page = await task
        if not overlaps or self._adjoins(page):
            return offset, page
        await self._drop_ahead()
        for earlier in _earlier(offset):
            if not page.rows:
                self._empty_at = offset
            offset, page = earlier, await self._request(earlier)
            if self._adjoins(page):
                break
        return offset, page

    def _adjoins(self, page: Page) -> bool:
        """Return whether no row can be missing between a page and the rows read so far.

        The overlapping row cannot be recognised if it has no id and has changed; the offset must be trusted then.
        """
        return isinstance(next(iter(page.keys), None), bytes) or not self._seen.isdisjoint(page.keys)

    def _request_ahead(self, offset: int) -> None:
        """Request the page at an offset, and those that follow it as far as rows are expected."""
        stride = max(1, len(self._last.rows) - 1)
        # Where more rows come than at the last reading, a few requests beyond the end are risked.
        blind = min(max(1, self._unexpected), self._most_ahead)
        at = self._ahead[-1][0] + stride if self._ahead else offset
        while len(self._ahead) < (self._most_ahead if at + 1 < self._knowledge.reached else blind):
            self._ahead.append((at, asyncio.create_task(self._request(at))))
            at += stride

    async def _request(self, offset: int) -> Page:
        self._requests += 1
        if self._requests > _MOST_PAGES:
            raise PollError(Reason.LIMIT, f"{self._name}: more than {_MOST_PAGES} pages")
        return await self._fetch(offset)

    async def _drop_ahead(self) -> None:
        """Cancel the requests that are not needed, and wait until they have ended."""
        tasks = [task for _, task in self._ahead]
        self._ahead.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _earlier(offset: int) -> Iterator[int]:
    """Yield earlier offsets, with growing steps, down to 0."""
    step = 1
    while offset > step:
        yield offset - step
        step *= _STEP_BACK_FACTOR
    yield 0
