"""Gzip compression of pages: complete, correct, and done once for all scrapes of the same page."""

import asyncio
import gzip
import threading
from collections.abc import Iterable

import pytest

from exporter.metrics.pages import Page
from exporter.web import compression
from exporter.web.compression import Compressor, Packed

LARGE = b'contactcenter_agent_state{agent="1"} 0\n' * 20_000


def page(*lasting: bytes, passing: bytes = b"# EOF\n", generation: int = 1) -> Page:
    return Page((generation,), lasting, [passing])


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Record for each packed page whether it was packed outside the event loop's thread."""
    recorded: list[bool] = []
    pack = compression.pack

    def recording(pieces: Iterable[bytes]) -> Packed:
        recorded.append(threading.current_thread() is not threading.main_thread())
        return pack(pieces)

    monkeypatch.setattr(compression, "pack", recording)
    return recorded


async def read(compressor: Compressor, content: Page, key: str = "all") -> bytes:
    return gzip.decompress(b"".join(await compressor.gzip(key, content)))


@pytest.mark.parametrize(
    "lasting",
    [(), (b"",), (b"a 1\n",), (b"a 1\n", b"", b"b 2\n"), (LARGE,), (b"a 1\n", LARGE, b"b 2\n", LARGE)],
    ids=["none", "empty", "one", "some", "large", "mixed"],
)
@pytest.mark.parametrize("passing", [b"", b"process 1\n", LARGE], ids=["nothing", "a line", "much"])
async def test_a_page_is_unchanged_after_decompression(lasting: tuple[bytes, ...], passing: bytes) -> None:
    compressor = Compressor()
    for _ in range(2):
        assert await read(compressor, page(*lasting, passing=passing)) == b"".join(lasting) + passing


async def test_only_a_large_page_is_compressed_in_a_thread(packed: list[bool]) -> None:
    compressor = Compressor()
    await read(compressor, page(b"a 1\n"))
    await read(compressor, page(LARGE))
    assert packed == [False, True]


async def test_scrapes_of_one_generation_share_only_the_lasting_pieces(packed: list[bool]) -> None:
    compressor = Compressor()
    together = await asyncio.gather(*(read(compressor, page(LARGE, passing=b"%d\n" % n)) for n in range(3)))
    later = await read(compressor, page(LARGE, passing=b"later\n"))
    assert [*together, later] == [LARGE + end for end in (b"0\n", b"1\n", b"2\n", b"later\n")]
    assert len(packed) == 1


async def test_a_new_generation_is_compressed_again(packed: list[bool]) -> None:
    compressor = Compressor()
    assert await read(compressor, page(LARGE)) == LARGE + b"# EOF\n"
    assert await read(compressor, page(LARGE, b"new 1\n", generation=2)) == LARGE + b"new 1\n# EOF\n"
    assert len(packed) == 2


async def test_different_keys_are_different_pages() -> None:
    compressor = Compressor()
    assert await read(compressor, page(LARGE), "north") == LARGE + b"# EOF\n"
    assert await read(compressor, page(LARGE, LARGE), "south") == LARGE + LARGE + b"# EOF\n"


async def test_a_disconnecting_client_does_not_cancel_the_others(packed: list[bool]) -> None:
    compressor = Compressor()
    leaving = asyncio.create_task(read(compressor, page(LARGE)))
    staying = asyncio.create_task(read(compressor, page(LARGE)))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == LARGE + b"# EOF\n"
    assert leaving.cancelled()
    assert len(packed) == 1


async def test_the_number_of_cached_pages_is_limited(packed: list[bool]) -> None:
    compressor = Compressor()
    for _ in range(2):
        for number in range(40):
            await read(compressor, page(LARGE), f"target {number}")
    assert len(packed) == 80
    await read(compressor, page(LARGE), "target 39")
    assert len(packed) == 80
