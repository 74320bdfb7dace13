"""A day of single contacts, with failures, a restart and e-mails that are open for hours, against its ledger."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st

from exporter.model import Histogram, ObservedContacts
from exporter.settings import Contacts
from exporter.vendors.sinch.contact_rows import FINISHED, HANDLING, SERVICE_LEVEL_WAIT, WAIT, WRAP_UP, Contact
from exporter.vendors.sinch.contact_totals import ContactTotals
from tests.fuzz.profiles import cases
from tests.support.vendors.polls import failure
from tests.support.vendors.sinch_contacts import MORNING, Installation, Row, Serving, Site, contact, utc

Series = Mapping[tuple[str, ...], float]
QUEUES = (("A" * 32, "Sales", "PHONE"), ("B" * 32, "Support", "PHONE"), ("C" * 32, "Mail", "EMAIL"))
INTERVAL = 600.0
HOUR = 3600.0
PHONE_BOUNDS = (5, 10, 15, 20, 25, 30, 45, 60, 90, 120, 180, 300, 600, 1200)
MAIL_BOUNDS = (25, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800)


class Planned(NamedTuple):
    """A contact of the ledger; times in seconds of the day."""

    number: int
    queue: int
    arrived: float
    wait: float
    handling: float
    wrap_up: float
    is_answered: bool

    @property
    def connected(self) -> float:
        return self.arrived + self.wait

    @property
    def disconnected(self) -> float:
        return self.connected + (self.handling if self.is_answered else 0)

    @property
    def finished(self) -> float:
        return self.disconnected + (self.wrap_up if self.is_answered else 0)

    def row(self, now: float) -> Row:
        """Return what the page describes of it at a time."""
        queue_id, name, channel = QUEUES[self.queue]
        row = contact(
            self.number,
            queueId=queue_id,
            queueName=name,
            origQueueId=queue_id,
            channel=channel,
            type="EMAILIN" if channel == "EMAIL" else "CallIn",
            arrivalTime=utc(self.arrived),
            arrivalQueueTime=utc(self.arrived),
            answeredOnTimeThreshold=25,
        )
        if now >= self.connected and self.is_answered:
            row |= {"status": "InProcess", "connectTime": utc(self.connected)}
            row |= dict.fromkeys(("queuingDuration", "waitingDuration"), round(self.wait * 1000))
            row |= {"handlingDuration": round(min(now - self.connected, self.handling) * 1000)}
        if now >= self.disconnected:
            row |= {"disconnectTime": utc(self.disconnected), "queuingDuration": round(self.wait * 1000)}
            row |= {"status": "InProcess_WrapUp" if self.is_answered else "NotHandled_Ab"}
            row |= {"wrapUpBeginTime": utc(self.disconnected)} if self.is_answered else {}
        if now >= self.finished and self.is_answered:
            row |= {"status": "Handled_AOT" if self.wait <= 25 else "Handled", "wrapUpEndTime": utc(self.finished)}
            row |= {"wrapUpTotalDuration": round(self.wrap_up * 1000)}
        return row


def day(seed: int) -> list[Planned]:
    """Return the contacts of a day; some were open before it, and some are open for hours."""
    random = Random(seed)  # noqa: S311 - a plan, not a secret
    planned = []
    for number in range(600):
        queue = random.choice((0, 0, 1, 1, 2))
        slow = 60.0 if queue == 2 else 1.0
        planned.append(
            Planned(
                number=random.randrange(10**9) * 1000 + number,
                queue=queue,
                arrived=MORNING + round(random.uniform(-4 * HOUR, 24 * HOUR), 3),
                wait=round(random.expovariate(1 / 40) * slow, 3),
                handling=round(random.expovariate(1 / 240) * slow, 3),
                wrap_up=round(random.uniform(0, 60), 3),
                is_answered=random.random() < 0.85,
            )
        )
    return planned


class Ledger:
    """What must have been observed of contacts whose phases end after one time and not after another."""

    def __init__(self, contacts: Sequence[Planned], after: float, until: float) -> None:
        self._contacts = contacts
        self._after, self._until = after, until

    def _in(self, moment: float) -> bool:
        return self._after < moment <= self._until

    def durations(self) -> Iterator[tuple[str, int, float]]:
        """Yield the series and the queue of each duration."""
        for each in self._contacts:
            if self._in(each.connected):
                outcome = "answered" if each.is_answered else "abandoned"
                yield f"wait_seconds,{outcome}", each.queue, each.wait
            if each.is_answered and self._in(each.connected):
                yield "service_level_wait_seconds", each.queue, each.wait
            if each.is_answered and self._in(each.disconnected):
                yield "handle_seconds", each.queue, each.handling
            if each.is_answered and self._in(each.finished):
                yield "wrap_up_seconds", each.queue, each.wrap_up

    def require(self, series: Series) -> None:
        """Require that every bucket, count and sum is that of the ledger."""
        durations = list(self.durations())
        for name in {name for name, _, _ in durations}:
            family, _, outcome = name.partition(",")
            for queue in range(3):
                expected = [seconds for each, at, seconds in durations if (each, at) == (name, queue)]
                own = found(series, f"queue_contact_{family}", QUEUES[queue][0], outcome)
                assert own["count"] == len(expected)
                assert own["sum"] == pytest.approx(sum(expected))
                for edge in (PHONE_BOUNDS if queue < 2 else MAIL_BOUNDS) if "wait" in family else ():
                    assert own[f"{float(edge)}"] == sum(seconds <= edge for seconds in expected), (name, queue, edge)
        finished = Counter((each.queue, each.is_answered) for each in self._contacts if self._in(each.finished))
        for (queue, is_answered), count in finished.items():
            outcome = "answered" if is_answered else "abandoned"
            assert [
                value
                for (name, *labels), value in series.items()
                if name == "queue_contacts_finished_total" and (labels[0], labels[3]) == (QUEUES[queue][0], outcome)
            ] == [count]


def found(series: Series, family: str, queue_id: str, outcome: str) -> dict[str, float]:
    """Return a histogram of a queue by the bounds of its buckets, its count and its sum."""
    own: dict[str, float] = {}
    for (name, *labels), value in series.items():
        if name.rpartition("_")[0] == family and labels[0] == queue_id and (not outcome or outcome in labels):
            own[labels[-1] if name.endswith("_bucket") else name.rpartition("_")[2]] = value
    return own


async def day_until(site: Site, contacts: Sequence[Planned], end: float) -> tuple[float, float, Series]:
    """Poll until a time and return when the first and the last poll were, and the series of the last one."""
    installation = site.installation
    first = last = 0.0
    series: Series = {}
    while installation.clock.time() < end:
        now = installation.clock.time() + INTERVAL
        installation.rows = {}
        installation.put(*(each.row(now) for each in contacts if each.arrived <= now))
        installation.status = 503 if now - MORNING in _OUTAGES else 200
        if installation.status != 200:
            await failure(site.poll(INTERVAL))
            continue
        before, series = series, await site.observed(INTERVAL)
        assert all(series[name] >= value for name, value in before.items())
        last = now
        first = first or now
    return first, last, series


_OUTAGES = {*range(7 * 3600, 8 * 3600), *range(16 * 3600, 18 * 3600)}


@pytest.mark.slow
@pytest.mark.parametrize("selects_by", ["arrival", "end"])
async def test_a_day_with_two_failures_and_a_restart_equals_the_ledger(selects_by: Any) -> None:  # noqa: ANN401 - a literal
    contacts = day(seed=7)
    installation = Installation(selects_by=selects_by)
    buckets: dict[str, Any] = {"enabled": True, "interval": "10m"}
    for end in (12 * HOUR, 24 * HOUR):
        # The restart: a new client begins where the day is. The gap is what ended between the last and its first poll.
        async with Serving(installation, contacts=buckets, page_size=50) as site:
            first, last, series = await day_until(site, contacts, MORNING + end)
        Ledger(contacts, first, last).require(series)


moments = st.integers(0, 4000).map(float)
observations = st.lists(
    st.builds(
        Contact,
        id=st.just("1"),
        queue_id=st.sampled_from(["A", "B"]),
        direction=st.sampled_from(["in", "out"]),
        status=st.sampled_from(["answered", "abandoned", "abandoned_short", "rejected_closed", "unknown"]),
        wait=moments | st.none(),
        service_level_wait=moments,
        handling=moments,
        wrap_up=moments,
        threshold=st.sampled_from([None, 0.0, 15.0, 17.0, 20.0, 22.5, 5000.0, 6.0, 7.0, 8.0, 9.0]),
    ),
    max_size=60,
)


def histograms(contacts: ObservedContacts) -> Iterator[tuple[str, Histogram]]:
    yield from contacts.waits.items()
    for name in ("service_level_waits", "handling", "wrap_up"):
        yield name, getattr(contacts, name)


@cases(200, 20_000, contacts=observations)
def test_no_count_ever_decreases_whatever_is_observed_and_however_thresholds_change(contacts: list[Contact]) -> None:
    totals = ContactTotals(Contacts(enabled=True))
    before: dict[tuple[str, str, float], float] = {}
    for number, each in enumerate(contacts):
        totals.add(each, float(number), (WAIT, SERVICE_LEVEL_WAIT, HANDLING, WRAP_UP, FINISHED), [])
        now: dict[tuple[str, str, float], float] = {}
        for queue_id in totals.ids((), 0.0):
            observed = totals.read(queue_id, lambda *_: None, 0.0).contacts
            assert observed is not None
            for name, histogram in histograms(observed):
                assert list(histogram.counts) == sorted(histogram.counts)
                assert list(histogram.bounds) == sorted(set(histogram.bounds))
                assert len(histogram.bounds) <= 13 + 5
                edges = (*histogram.bounds, float("inf"))
                now |= {(queue_id, name, at): n for at, n in zip(edges, histogram.counts, strict=True)}
                now[queue_id, name, -1.0] = histogram.sum or 0.0
        assert all(now[key] >= value for key, value in before.items())
        before = now
