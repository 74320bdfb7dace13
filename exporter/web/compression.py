"""Gzip bodies of pages: what scrapes share until the next poll is compressed once, in a thread.

A page is one gzip member: its lasting pieces as kept, then what passes, compressed anew and behind it.
"""

import asyncio
import struct
import zlib
from collections.abc import Hashable, Iterable, Sequence
from typing import Final, NamedTuple

from isal import isal_zlib

from exporter.metrics.pages import Page
from exporter.web.scrape_limit import blocks

# Below this size the thread costs more than it spares.
_KEPT_FROM_BYTES: Final = 1 << 16
# Two formats of everything, and narrowed pages as far as they are large.
_MOST_KEPT: Final = 16
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
# Lines repeat so much that the next level of the library makes a page no smaller, and the last ten times as slow.
_LEVEL: Final = 1


class Packed(NamedTuple):
    """The compressed beginning of a body.

    Attributes:
        blocks: The bytes, up to a boundary behind which other compressed bytes may follow.
        checksum: CRC-32 of what is compressed in them.
        size: How long that is.
    """

    blocks: Sequence[bytes]
    checksum: int
    size: int


def pack(pieces: Iterable[bytes]) -> Packed:
    """Compress the beginning of a body; its pieces are never joined."""
    packer = isal_zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed, checksum, size = [_HEADER], 0, 0
    for block in blocks(pieces):
        packed.append(packer.compress(block))
        checksum = isal_zlib.crc32(block, checksum)
        size += len(block)
    return Packed([*filter(None, packed), packer.flush(zlib.Z_SYNC_FLUSH)], checksum, size)


def finish(begun: Packed, pieces: Iterable[bytes]) -> Sequence[bytes]:
    """Return the whole body: what was packed, and the pieces that follow."""
    rest = b"".join(pieces)
    packer = isal_zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    end = packer.compress(rest) + packer.flush()
    checksum = isal_zlib.crc32(rest, begun.checksum)
    return [*begun.blocks, end, struct.pack("<LL", checksum, (begun.size + len(rest)) & 0xFFFF_FFFF)]


class Compressor:
    """Compresses pages, and keeps what the next scrape of the same generation asks for."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Hashable, asyncio.Task[Packed]]] = {}

    async def gzip(self, key: Hashable, page: Page) -> Sequence[bytes]:
        """Return the page as gzip.

        Args:
            key: What was asked for; pages of one key and one generation are alike but for what passes.
            page: The page.
        """
        if sum(map(len, page.lasting)) < _KEPT_FROM_BYTES:
            return finish(pack(page.lasting), page.passing)
        generation, packing = self._kept.pop(key, (None, None))
        if packing is None or generation != page.generation:
            packing = asyncio.create_task(asyncio.to_thread(pack, page.lasting), name="compress a page")
        self._kept[key] = page.generation, packing
        if len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        # Others wait for it too, and one client that leaves must not take it from them.
        return finish(await asyncio.shield(packing), page.passing)
