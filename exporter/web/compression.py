"""Gzip pages; the pieces scrapes share until the next poll are compressed once, in a thread.

A page is a single gzip member: the cached lasting pieces, followed by the passing pieces compressed for each scrape.
"""

import asyncio
import struct
import zlib
from collections.abc import Hashable, Iterable, Sequence
from typing import Final, NamedTuple

from isal import isal_zlib

from exporter.metrics.pages import Page
from exporter.web.scrape_limit import blocks

# Smaller pages are compressed faster than a thread is started.
_CACHED_FROM_BYTES: Final = 1 << 16
# Enough for the full page in both formats and a few large pages of selected targets.
_MOST_CACHED: Final = 16
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
# Pages are so repetitive that the next level compresses no better, and the highest takes ten times as long.
_LEVEL: Final = 1


class Packed(NamedTuple):
    """The compressed beginning of a body.

    Attributes:
        blocks: The compressed bytes, up to a boundary at which more may be appended.
        checksum: The CRC-32 of the uncompressed bytes.
        size: The number of uncompressed bytes.
    """

    blocks: Sequence[bytes]
    checksum: int
    size: int


def pack(pieces: Iterable[bytes]) -> Packed:
    """Compress the beginning of a body without joining its pieces."""
    packer = isal_zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed, checksum, size = [_HEADER], 0, 0
    for block in blocks(pieces):
        packed.append(packer.compress(block))
        checksum = isal_zlib.crc32(block, checksum)
        size += len(block)
    return Packed([*filter(None, packed), packer.flush(zlib.Z_SYNC_FLUSH)], checksum, size)


def finish(begun: Packed, pieces: Iterable[bytes]) -> Sequence[bytes]:
    """Return the complete body: the packed beginning and the remaining pieces."""
    rest = b"".join(pieces)
    packer = isal_zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    end = packer.compress(rest) + packer.flush()
    checksum = isal_zlib.crc32(rest, begun.checksum)
    return [*begun.blocks, end, struct.pack("<LL", checksum, (begun.size + len(rest)) & 0xFFFF_FFFF)]


class Compressor:
    """Compresses pages and caches the result for scrapes of the same generation."""

    def __init__(self) -> None:
        self._cache: dict[Hashable, tuple[Hashable, asyncio.Task[Packed]]] = {}

    async def gzip(self, key: Hashable, page: Page) -> Sequence[bytes]:
        """Return the page as gzip.

        Args:
            key: The request; pages of the same key and generation differ only in the passing pieces.
            page: The page.
        """
        if sum(map(len, page.lasting)) < _CACHED_FROM_BYTES:
            return finish(pack(page.lasting), page.passing)
        generation, packing = self._cache.pop(key, (None, None))
        if packing is None or generation != page.generation:
            packing = asyncio.create_task(asyncio.to_thread(pack, page.lasting), name="compress a page")
        self._cache[key] = page.generation, packing
        if len(self._cache) > _MOST_CACHED:
            del self._cache[next(iter(self._cache))]
        # Other scrapes may wait for the same task: a client that disconnects must not cancel it.
        return finish(await asyncio.shield(packing), page.passing)
