"""CPU time of functions, measured alternately so that other load on the machine affects all equally."""

import gc
import time
from collections.abc import Callable, Sequence


def measure_alternately(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the minimum CPU time of each function in milliseconds, threads included, after a warm-up.

    The minimum, because other load on the machine only adds time.
    """
    for work in works:
        work()
    took = [[_once(work) for work in works] for _ in range(rounds)]
    return [min(each) for each in zip(*took, strict=True)]


def _once(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000
