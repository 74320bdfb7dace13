"""CPU time of pieces of work, all of them in turns, so that what else the machine does befalls all alike."""

import gc
import time
from collections.abc import Callable, Sequence


def in_turns(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the least CPU time of each work in milliseconds, its first run left out; threads count too.

    The least, because a busy machine only ever adds.
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
