"""Where bugs end: whatever a vendor's module raises stops only what it was asked for.

The one place with a broad `except`. A module, or a library it uses, may raise anything: an exit of the program too, or
a cancellation that nobody asked for.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(slots=True)
class Caught:
    """What went wrong.

    Attributes:
        error: What was raised, None where nothing was.
    """

    error: BaseException | None = None

    def __str__(self) -> str:
        return f"unexpected {type(self.error).__name__}: {self.error}"


@contextmanager
def catch_unexpected(*foreseen: type[BaseException]) -> Iterator[Caught]:
    """Let nothing out that was not foreseen, but a person's interrupt and the running task's own cancellation.

    Args:
        foreseen: What passes, because there is an answer to it.
    """
    bug = Caught()
    try:
        yield bug
    except foreseen:
        raise
    except BaseException as error:
        if _is_wanted(error):
            raise
        bug.error = error


def _is_wanted(error: BaseException) -> bool:
    if isinstance(error, asyncio.CancelledError):
        with suppress(RuntimeError):  # where no event loop runs, nobody can cancel us
            task = asyncio.current_task()
            return task is not None and task.cancelling() > 0
        return False
    return isinstance(error, (KeyboardInterrupt, GeneratorExit))
