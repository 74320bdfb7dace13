"""Asking for a few things one by one, where one that fails costs no other."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from exporter.errors import PollError, Reason
from exporter.vendors.toolkit.json_document import Notes

T = TypeVar("T")

# What is wrong with one thing; anything else would befall the next request alike.
_OF_ONE = frozenset({Reason.HTTP, Reason.DECODE, Reason.INVALID})


async def fetch_each(ids: Iterable[str], ask: Callable[[str], Awaitable[T]], field: str, notes: Notes) -> tuple[T, ...]:
    """Ask for each thing and return the answers.

    Args:
        ids: What to ask for, at least one.
        ask: Asks for one; raises PollError where there is no usable answer.
        field: Where it is noted that one has none.
        notes: Receives why.

    Raises:
        PollError: None has a usable answer, or what went wrong concerns them all.
    """
    found: list[T] = []
    failure: PollError | None = None
    for one in ids:
        try:
            found.append(await ask(one))
        except PollError as error:
            if error.reason not in _OF_ONE:
                raise
            failure = error
            notes.append((field, str(error)))
    if failure is not None and not found:
        raise failure
    return tuple(found)
