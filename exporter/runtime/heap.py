"""The C library's heap, kept from growing by what is free between what is used."""

import ctypes
from typing import Final

# Numbers of <malloc.h>.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_LARGE_BYTES: Final = 128 << 10


def return_large_blocks() -> bool:
    """Have large blocks of memory go back to the system once they are free; return whether that can be had.

    glibc begins so, and ceases with the first large block that is freed. From then on what every poll brings comes out
    of its heap and leaves holes in it, which grew by 5 % of the memory in a simulated month.
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):  # other C libraries have heaps of their own kind
        return False
    told = [library.mallopt(what, _LARGE_BYTES) for what in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD)]
    return all(told)
