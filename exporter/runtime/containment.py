"""Contain unexpected exceptions: a bug in a vendor module fails only the operation it occurred in.

The only place with a broad `except`. A vendor module, or a library it uses, may raise anything, including SystemExit
or a CancelledError without a request to cancel the task.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(slots=True)
class Caught:
    """The outcome of a contained block.

    Attributes:
        error: The exception raised, None if there was none.
    """

    error: BaseException | None = None

    def __str__(self) -> str:
        return f"unexpected {type(self.error).__name__}: {self.error}"


@contextmanager
def catch_unexpected(*expected: type[BaseException]) -> Iterator[Caught]:
    """Capture any exception except the listed ones, KeyboardInterrupt and cancellation of this task.

    Args:
        expected: Exceptions to pass on, because the caller handles them.
    """
    caught = Caught()
    try:
        yield caught
    except expected:
        raise
    except BaseException as error:
        if _must_propagate(error):
            raise
        caught.error = error


def _must_propagate(error: BaseException) -> bool:
    if isinstance(error, asyncio.CancelledError):
        with suppress(RuntimeError):  # without a running event loop there is no task to cancel
            task = asyncio.current_task()
            return task is not None and task.cancelling() > 0
        return False
    return isinstance(error, (KeyboardInterrupt, GeneratorExit))
