"""The C library's heap: what is large and free is the system's again."""

import platform
import subprocess
import sys
from textwrap import dedent

import pytest

PROGRAM = dedent("""
    import sys
    from pathlib import Path
    from exporter.runtime.heap import return_large_blocks

    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    if sys.argv[1] == "with":
        assert return_large_blocks()
    # The first large block that is freed tells glibc to take the next ones of its size from the heap.
    bytearray(b"x" * (20 << 20))
    before = resident()
    blocks = []
    for _ in range(20):
        blocks += [b"x" * (1 << 20), bytes(600)]
    kept = blocks[1::2]
    del blocks
    print((resident() - before) >> 20)
""")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the heap is another C library's")
def test_holes_between_what_is_used_are_given_back() -> None:
    left = {
        how: int(subprocess.run([sys.executable, "-c", PROGRAM, how], check=True, capture_output=True).stdout)  # noqa: S603 - ours
        for how in ("with", "without")
    }
    assert left["with"] <= 1
    assert left["without"] > 10
