"""Keeps the running totals of targets across restarts: saved regularly and when a target stops.

All targets are saved once in an interval, one after the other, so that a thousand of them delay neither polls nor
scrapes. Totals are encoded in the worker thread, and the disk is waited for in another one.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from exporter.polling.resource_state import restore, state_of
from exporter.polling.state_files import StateFiles, TargetState
from exporter.polling.target import Target
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.pacing import wait_first

SAVE_EVERY_SECONDS: Final = 60.0
"""How often each target is saved."""


class StateKeeper:
    """Saves and restores the state of targets."""

    def __init__(self, files: StateFiles, clock: Clock) -> None:
        """Use the files of a directory.

        Args:
            files: The state files.
            clock: The time.
        """
        self._files = files
        self._clock = clock
        # The good polls of each target when it was saved last.
        self._saved: dict[Target, int] = {}
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, targets: Callable[[], Sequence[Target]]) -> None:
        """Save targets regularly, unless that has been started.

        Args:
            targets: Returns the targets that are polled now.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._run(targets), name="save the state")

    async def stop(self) -> None:
        """Stop saving targets regularly; a file being written is completed."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def restore(self, targets: Sequence[Target]) -> None:
        """Restore the state of targets that have not been started."""
        states = await asyncio.to_thread(self._read, targets)
        for target, state in zip(targets, states, strict=True):
            if state is not None:
                await self._restore(target, state)

    async def save_stopped(self, targets: Iterable[Target]) -> None:
        """Save targets that have stopped, for the last time."""
        for target in targets:
            await self._save(target, final=True)
            self._saved.pop(target, None)

    async def _run(self, targets: Callable[[], Sequence[Target]]) -> None:
        await asyncio.to_thread(self._files.remove_old)
        while True:
            present = targets()
            for target in present or (None,):
                pause = SAVE_EVERY_SECONDS / max(1, len(present))
                await wait_first(self._clock.sleep(pause), self._stopping.wait())
                if self._stopping.is_set():
                    return
                if target is not None and target in targets():  # it may have been replaced
                    await self._save(target)

    async def _save(self, target: Target, *, final: bool = False) -> None:
        """Save the state of a target, if it was polled since it was saved last."""
        good = sum(poller.health.polls - poller.health.failures.total() for poller in target.pollers)
        if good == (0 if final else self._saved.get(target, 0)):
            return
        self._saved[target] = good
        async with target.unprocessed():
            resources = {poller.health.name: await state_of(poller) for poller in target.pollers}
        await asyncio.to_thread(self._files.write, target.settings, resources, final=final)

    def _read(self, targets: Iterable[Target]) -> list[TargetState | None]:
        return [self._files.read(target.settings) for target in targets]

    async def _restore(self, target: Target, state: TargetState) -> None:
        age = max(0.0, self._clock.time() - state.saved_at)
        for poller in target.pollers:
            resource = state.resources.get(poller.health.name)
            if resource is None:
                continue
            try:
                await restore(poller, resource, age)
            except msgspec.MsgspecError as error:
                self._files.report_invalid(target.settings, error)
