"""What the totals of a day depend on besides the vendor's quarter hours: what was exported of each of them.

The growth of yesterday's quarter hours since midnight cannot be known from the vendor alone.
"""

import asyncio
from functools import partial

import msgspec

from exporter.runtime.worker import run_in_worker
from exporter.vendors.sinch.buckets import Day, QueueBuckets
from exporter.vendors.sinch.day import DayTotals

# The state of the day before is used if it was saved this recently. Later, another replica may have exported since.
_LONGEST_GAP_SECONDS = 3600.0
# Queues saved between two chances for other tasks to run.
_QUEUES_AT_ONCE = 20


class _Document(msgspec.Struct):
    """The saved form.

    Attributes:
        zone: The time zone of the day.
        day: The day that was exported last.
        queues: The quarter hours of each queue, by id.
    """

    zone: str
    day: Day
    queues: dict[str, msgspec.Raw]


class DayMemory:
    """Saves and restores what was exported of the quarter hours of one installation."""

    def __init__(self, totals: DayTotals, zone: str) -> None:
        """Use the totals of a time zone.

        Args:
            totals: The quarter hours.
            zone: The name of the time zone of their days.
        """
        self._totals = totals
        self._zone = zone

    async def save(self) -> bytes | None:
        """Return what was exported, None before the first export."""
        while (day := self._totals.exported_day) is not None:
            queues: dict[str, msgspec.Raw] = {}
            for number, (queue_id, queue) in enumerate(list(self._totals.queues.items()), 1):
                queues[queue_id] = msgspec.Raw(queue.save(day))
                if not number % _QUEUES_AT_ONCE:
                    await asyncio.sleep(0)
            if self._totals.exported_day is day:  # otherwise a new day began in the meantime
                return await run_in_worker(partial(msgspec.json.encode, _Document(self._zone, day, queues)))
        return None

    def restore(self, saved: bytes, age: float) -> None:
        """Continue with what another process has exported.

        Args:
            saved: What `save` returned.
            age: Seconds since then.

        Raises:
            msgspec.MsgspecError: It is invalid; nothing is restored.
        """
        document = msgspec.json.decode(saved, type=_Document)
        if document.zone != self._zone:
            return
        queues: dict[str, QueueBuckets] = {}
        for queue_id, raw in document.queues.items():
            queues[queue_id] = queue = QueueBuckets()
            queue.restore(raw, document.day)
        self._totals.resume(document.day, queues, recent=age < _LONGEST_GAP_SECONDS)
