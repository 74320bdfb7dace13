"""What a resource hands over to its successor: after a reload in memory, after a restart as saved text."""

from functools import partial

import msgspec

from exporter.polling.resource_poller import ResourcePoller
from exporter.runtime.containment import Caught, catch_unexpected
from exporter.runtime.worker import run_in_worker

_NONE = b"null"


class ResourceState(msgspec.Struct):
    """The state of one resource.

    Attributes:
        totals: The exported running totals.
        memory: What its data depends on besides the responses, null if nothing does.
    """

    totals: msgspec.Raw
    memory: msgspec.Raw = msgspec.Raw(_NONE)


async def state_of(poller: ResourcePoller) -> ResourceState:
    """Return the state of a resource that is not processing a poll."""
    totals = await run_in_worker(poller.pipeline.totals.save)
    return ResourceState(msgspec.Raw(totals), msgspec.Raw(await _memory_of(poller)))


async def restore(poller: ResourcePoller, state: ResourceState, age: float) -> None:
    """Continue with a state before the first poll.

    Args:
        poller: The poller of the resource.
        state: The state.
        age: Seconds since it was saved.

    Raises:
        msgspec.MsgspecError: It is invalid.
    """
    await run_in_worker(partial(poller.pipeline.totals.restore, bytes(state.totals), age))
    await _restore_memory(poller, bytes(state.memory), age)


async def hand_over(replaced: ResourcePoller, poller: ResourcePoller) -> None:
    """Let a poller continue with the state of one that has stopped."""
    poller.pipeline.totals = replaced.pipeline.totals
    await _restore_memory(poller, await _memory_of(replaced), 0.0)


async def _memory_of(poller: ResourcePoller) -> bytes:
    if poller.memory is None:
        return _NONE
    saved: bytes | None = None
    with catch_unexpected() as caught:
        saved = await poller.memory.save()
    _log_unexpected(poller, "failed to save what a resource remembers", caught)
    return saved or _NONE


async def _restore_memory(poller: ResourcePoller, saved: bytes, age: float) -> None:
    if poller.memory is None or saved == _NONE:
        return
    with catch_unexpected(msgspec.MsgspecError) as caught:
        await run_in_worker(partial(poller.memory.restore, saved, age))
    _log_unexpected(poller, "failed to restore what a resource remembers", caught)


def _log_unexpected(poller: ResourcePoller, event: str, caught: Caught) -> None:
    if caught.error is not None:
        poller.log.error(event, error=str(caught), exc_info=caught.error)
