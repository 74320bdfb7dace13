"""CPU cost of single contacts: a minute's poll of a busy contact centre, and the scrape that follows it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec

from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import SeriesBlock, render
from exporter.model import Period, Queue, Snapshot
from exporter.settings import Contacts
from exporter.vendors.sinch.contact_rows import CONTACTS, sighting
from exporter.vendors.sinch.contact_totals import ContactTotals
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.followed_items import FollowedItems
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.stopwatch import measure_alternately

QUEUES = 500
CONTACTS_A_DAY = 100_000
TARGET = "helsinki"
_ROUNDS = 15
_WINDOW_SECONDS, _TALK_SECONDS = 900, 240
_START = 1_800_000_000.0
# Between the two windows that are read in turn.
_LATER_SECONDS = 3600
_MOST_MILLISECONDS = 500


class Centre:
    """A contact centre that is read in turn in two windows of contacts; the first reading observes nothing.

    Attributes:
        block: The series of the last poll.
    """

    def __init__(self, queues: int, rows: int) -> None:
        """Start with a number of queues, and of contacts in the window."""
        self._queues = {
            f"{number:032X}": Queue(f"{number:032X}", f"Queue {number}", "voice") for number in range(queues)
        }
        self._decoder = Decoder(CONTACTS)
        self._followed = FollowedItems(most=150_000, overlap=_WINDOW_SECONDS, kept=36 * 3600)
        self._totals = ContactTotals(Contacts(enabled=True))
        self._held = RunningTotals()
        self.bodies = [_rows(window, queues, rows) for window in range(2)]
        self._next = 0
        self.block = SeriesBlock({})

    def read(self) -> None:
        """Decode a window of contacts and observe each."""
        notes: list[tuple[str, str]] = []
        now = _START + min(self._next, 1) * _LATER_SECONDS
        self._followed.begin_reading(_START - _WINDOW_SECONDS, now)
        body = self.bodies[self._next % 2]
        self._next += 1
        for contact in self._decoder.decode(msgspec.Raw(body), notes):
            arrived = contact.arrived or 0.0
            self._totals.add(contact, arrived, self._followed.record(sighting(contact, arrived), now), notes)
        self._followed.end_reading()

    def render(self) -> None:
        """Render the histograms of all queues."""
        self._totals.list(self._queues)
        queues = tuple(self._totals.read(each, lambda *_: 0.0, 0.0) for each in self._totals.ids(self._queues, _START))
        found = entities(TARGET, Snapshot(queues=queues), Detail())
        self.block = render(self._held.hold(found, 0.0, Period(name="observed", began=_START)))

    def poll(self) -> None:
        """Read and render."""
        self.read()
        self.render()


def _rows(window: int, queues: int, rows: int) -> bytes:
    return json.dumps(list(_contacts(window, queues, rows))).encode()


def _contacts(window: int, queues: int, rows: int) -> Iterator[dict[str, object]]:
    """Yield contacts with every field of the page."""
    for number in range(rows):
        arrived = _START + window * _LATER_SECONDS - _WINDOW_SECONDS + number * _WINDOW_SECONDS / rows
        wait = number * 7 % 90
        queue = number % queues
        yield {
            "id": f"{window * rows + number:032X}",
            "contactGroupId": f"{number:032X}",
            "channel": "PHONE",
            "type": "CallIn",
            "status": "Handled_AOT" if wait <= 20 else "Handled",
            "source": "+31612345678",
            "destination": "+31201234567",
            "agentId": f"{number:032X}",
            "agentName": f"Agent {number:05} van der Berg",
            "queueId": f"{queue:032X}",
            "queueName": f"Queue {queue}",
            "origQueueId": f"{queue:032X}",
            "origQueueName": f"Queue {queue}",
            "reportingGroupName": "Sales",
            "arrivalTime": _utc(arrived),
            "arrivalQueueTime": _utc(arrived),
            "connectTime": _utc(arrived + wait),
            "disconnectTime": _utc(arrived + wait + _TALK_SECONDS),
            "wrapUpBeginTime": _utc(arrived + wait + _TALK_SECONDS),
            "wrapUpEndTime": _utc(arrived + wait + _TALK_SECONDS + 15),
            "queuingDuration": wait * 1000,
            "handlingDuration": _TALK_SECONDS * 1000,
            "wrapUpTotalDuration": 15_000,
            "totalDuration": (_TALK_SECONDS + 15) * 1000,
            "waitingDuration": wait * 1000,
            "serviceClosed": False,
            "record": True,
            "answeredOnTimeThreshold": 25,
            "falseAttemptTimeThreshold": 5,
        }


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def measure(queues: int = QUEUES, contacts_a_day: int = CONTACTS_A_DAY, rounds: int = _ROUNDS) -> Table:
    """Poll single contacts, and join the page of a scrape."""
    rows = contacts_a_day * (_WINDOW_SECONDS + _TALK_SECONDS) // 86_400
    centre = Centre(queues, rows)
    centre.poll()
    exposition = Exposition(lambda _form: b"")
    exposition.put(TARGET, "contacts", centre.block)
    works: dict[str, Callable[[], object]] = {
        f"poll: {rows:,} rows to rendered bytes": centre.poll,
        "part: decode, follow and count": centre.read,
        "part: map to metrics and render": centre.render,
        "scrape: join the page": lambda: exposition.page(Format.OPENMETRICS),
    }
    took = measure_alternately(list(works.values()), rounds)
    size = sum(map(len, centre.block.chunks.values()))
    return Table(
        f"Single contacts: {contacts_a_day:,} a day in {queues:,} queues with all histograms, "
        f"{len(centre.bodies[0]) / 1e6:.1f} MB of JSON to {centre.block.series:,} series, {size / 1e6:.1f} MB",
        ("work", "CPU ms"),
        list(zip(works, took, strict=True)),
        (Requirement(f"poll of single contacts in {queues:,} queues, CPU ms a minute", took[0], _MOST_MILLISECONDS),),
    )
