"""CPU time of a piece of work, as the median of several rounds."""

import gc
import time
from collections.abc import Callable
from statistics import median


def cpu_milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Return the median CPU time of the work, its first run left out."""
    work()
    return median(_once(work) for _ in range(rounds))


def _once(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000
