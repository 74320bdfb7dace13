"""Fetch items individually; a failing item does not fail the others."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from exporter.errors import PollError, Reason
from exporter.model import Failure
from exporter.vendors.toolkit.json_document import Notes

T = TypeVar("T")

# Errors specific to one item; any other error would affect the following requests too.
_OF_ONE_ITEM = frozenset({Reason.HTTP, Reason.DECODE, Reason.INVALID})


async def fetch_each(
    ids: Iterable[str], fetch: Callable[[str], Awaitable[T]], field: str, notes: Notes
) -> tuple[T, ...]:
    """Fetch each item and return the results.

    Args:
        ids: The items to fetch, at least one.
        fetch: Fetches one item; raises PollError if there is no usable response.
        field: The field under which a failure is recorded.
        notes: Receives the failures.

    Raises:
        PollError: No item could be fetched, or a failure affects all of them.
    """
    found: list[T] = []
    failure: PollError | None = None
    for each in ids:
        try:
            found.append(await fetch(each))
        except PollError as error:
            if error.reason not in _OF_ONE_ITEM:
                raise
            failure = error
            notes.append((field, Failure(error)))
    if failure is not None and not found:
        raise failure
    return tuple(found)
