"""Whatever a server's page size and whatever moves while pages are read, every row that stays is read once."""

import asyncio
import random

import msgspec
from hypothesis import strategies as st

from exporter.vendors.sinch.paging import Knowledge, Page, Reading
from tests.fuzz.profiles import cases

_FAR = 10_000


class Server:
    """A server that delivers at most `cap` rows per page, and whose rows change before some of the requests."""

    def __init__(self, cap: int, count: int, chance: random.Random, share: float) -> None:
        self.cap = cap
        # Gaps between the ids leave space for insertions.
        self.rows = [number * _FAR for number in range(count)]
        self.staying = set(self.rows)
        self.requests = 0
        self._chance = chance
        self._share = share

    async def fetch(self, offset: int, limit: int) -> Page:
        self.requests += 1
        for _ in range(self._chance.randrange(3)):
            await asyncio.sleep(0)  # concurrent requests are answered in any order
        if self._chance.random() < self._share:
            self._change()
        some = self.rows[offset : offset + min(limit, self.cap)]
        return Page([msgspec.Raw(b"%d" % row) for row in some], [str(row) for row in some])

    def _change(self) -> None:
        for _ in range(self._chance.randrange(1, 8)):
            if self.rows and self._chance.random() < 0.7:
                gone = self._chance.choice(self.rows[: self._chance.randrange(1, len(self.rows) + 1)])
                self.rows.remove(gone)
                self.staying.discard(gone)
            else:
                self.rows.append(self._chance.randrange(_FAR * 300))
                self.rows = sorted(set(self.rows))


async def read(server: Server, limit: int, knowledge: Knowledge) -> list[int]:
    server.staying = set(server.rows)
    reading = Reading("GET /rows", lambda offset: server.fetch(offset, limit), limit, knowledge, lambda: 0.0)
    return [int(bytes(row)) async for page in reading.pages() for row in page.rows]


@cases(
    400,
    10_000,
    cap=st.integers(1, 12) | st.integers(1, 300),
    limit=st.sampled_from((2, 5, 100, 500)),
    count=st.integers(0, 40) | st.integers(0, 250),
    share=st.sampled_from((0.0, 0.2, 1.0)),
    seed=st.integers(0, 10**9),
)
def test_every_row_that_stays_is_read_once(cap: int, limit: int, count: int, share: float, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    # Pages of one row cannot overlap.
    server = Server(cap, count, chance, share if min(cap, limit) > 1 else 0.0)
    knowledge = Knowledge()
    for _ in range(4):
        before, size = server.requests, min(server.cap, limit)
        found = asyncio.run(read(server, limit, knowledge))
        assert len(found) == len(set(found))
        assert not server.staying - set(found)
        if not share:
            # Without moves, hardly more pages than there are; the first reading does not know where they end.
            assert server.requests - before <= len(server.rows) / max(1, size - 1) + 8
        # A lower cap is noticed because rows are missing; if there are also more rows, only after ten minutes.
        lower = 0 if share else server.cap // 2
        server.cap = chance.choice((server.cap, server.cap, server.cap + 7, max(2, server.cap - lower)))
