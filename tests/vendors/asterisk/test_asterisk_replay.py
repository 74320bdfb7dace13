"""The whole recording, replayed in order, against Asterisk's own ledger of the same minutes, `queue_log`.

Meanwhile an agent was paused, another added, the statistics of one queue were reset, and the queues reloaded.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import pytest

from exporter.metrics.agent_identity import exported_id
from exporter.metrics.mapping import Detail, Entity, entities
from exporter.model import Snapshot
from exporter.vendors.asterisk.client import AsteriskClient
from exporter.vendors.asterisk.settings import AsteriskSettings
from tests.support.clock import ManualClock
from tests.support.pipelines import pipeline_of
from tests.support.vendors.asterisk import BEGAN, FOLDER, ITEMS, Ami
from tests.support.vendors.polls import CANARY, asking, serving

QUEUES = ("billing", "sales", "empty")
ANSWERED = frozenset({"COMPLETEAGENT", "COMPLETECALLER"})
# A contact that leaves after the timeout of its queue is among Asterisk's abandoned ones.
LEFT = frozenset({"ABANDON", "EXITWITHTIMEOUT"})


class Logged(NamedTuple):
    """One line of the ledger."""

    at: int
    contact: str
    queue: str
    agent: str
    event: str


class Poll(NamedTuple):
    """One poll of the recording.

    Attributes:
        at: When, in seconds since the epoch.
        snapshot: What it returned.
        totals: The totals exported after it, by family and id.
    """

    at: float
    snapshot: Snapshot
    totals: Mapping[tuple[str, str], float]


def ledger() -> list[Logged]:
    lines = (line.split("|") for line in (FOLDER / "queue_log.txt").read_text().splitlines() if "|" in line)
    return [Logged(int(at), contact, queue, agent, event) for at, contact, queue, agent, event, *_ in lines]


def answers() -> Iterator[tuple[float, str, bytes]]:
    """Yield the answers of the signed-in user: when, to which action, and the body."""
    for item in ITEMS:
        name = item.get("file", "")
        if item["at"] > 2.01 and name.endswith(("-CoreStatus", "-QueueStatus")) and "after-logoff" not in name:
            yield BEGAN + item["at"], name.partition("-")[2], item["body"].encode()


@pytest.fixture(scope="module")
def polls() -> list[Poll]:
    return asyncio.run(replayed())


async def replayed() -> list[Poll]:
    settings = AsteriskSettings.model_validate(
        {"name": "utrecht", "vendor": "asterisk", "url": "http://127.0.0.1", "username": "exporter", "secret": CANARY}
    )
    ami, clock, found = Ami(), ManualClock(wall=BEGAN), []
    totals = pipeline_of(settings).totals
    async with serving(ami.handle) as server, asking(clock=clock) as http:
        target = settings.model_copy(update={"url": str(server.make_url("")).rstrip("/")})
        client = AsteriskClient(target, http, clock)
        for at, action, body in answers():
            ami.answers[action] = body
            if action == "QueueStatus":
                await clock.advance(at - clock.time())
                ami.now = at
                snapshot = await client.queues()
                held = totals.hold(
                    entities("utrecht", snapshot, Detail(agents="id")), clock.monotonic(), snapshot.period
                )
                found.append(Poll(at, snapshot, dict(_totals(held))))
    return found


def _totals(held: Iterable[Entity]) -> Iterator[tuple[tuple[str, str], float]]:
    for entity in held:
        for column, value in entity.samples:
            if column.family.kind == "counter":
                yield (column.family.name.removeprefix("contactcenter_"), entity.labels[1][1]), value


def increase(polls: list[Poll], family: str, key: str) -> float:
    """Return what Prometheus computes: the growth, with a lower value counted from 0."""
    values = [poll.totals.get((family, key), 0.0) for poll in polls]
    return sum(after - before if after >= before else after for before, after in pairwise(values))


def unseen(polls: list[Poll]) -> set[Logged]:
    """Return what was logged between the last poll before the reset of billing and the reset: it is lost."""
    [reset] = [BEGAN + item["at"] for item in ITEMS if item.get("did") == "queue-reset"]
    before = max(poll.at for poll in polls if poll.at < reset)
    return {line for line in ledger() if line.queue == "billing" and before < line.at <= reset}


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize(
    ("family", "events"), [("queue_contacts_answered_total", ANSWERED), ("queue_contacts_abandoned_total", LEFT)]
)
def test_totals_grow_as_the_ledger_does(polls: list[Poll], queue: str, family: str, events: frozenset[str]) -> None:
    lost = unseen(polls)
    logged = [line for line in ledger() if line.queue == queue and line.event in events and line not in lost]
    assert increase(polls, family, queue) == len(logged)


def test_contacts_of_agents_grow_as_the_ledger_does(polls: list[Poll]) -> None:
    lost = unseen(polls)
    logged = Counter(line.agent for line in ledger() if line.event in ANSWERED and line not in lost)
    agents = {agent.name: agent.id for agent in polls[0].snapshot.agents or ()}
    assert {
        name: increase(polls, "agent_contacts_handled_total", exported_id(agent)) for name, agent in agents.items()
    } == logged


@pytest.mark.parametrize("queue", QUEUES)
def test_waits_are_those_of_the_ledger(polls: list[Poll], queue: str) -> None:
    """The ledger has whole seconds, so a poll in the same second as an entry may be before or after it."""
    began = {line.contact: line.at for line in ledger() if line.queue == queue and line.event == "ENTERQUEUE"}
    gone = {"CONNECT", *LEFT}
    ended = {line.contact: line.at for line in ledger() if line.queue == queue and line.event in gone}
    for poll in polls:
        [found] = [each for each in poll.snapshot.queues if each.id == queue]
        surely = {contact for contact, at in began.items() if at < poll.at - 1 and ended[contact] > poll.at + 1}
        perhaps = {contact for contact, at in began.items() if at <= poll.at + 1 and ended[contact] >= poll.at - 1}
        assert found.waiting_contacts is not None
        assert len(surely) <= found.waiting_contacts <= len(perhaps)
        assert found.oldest_wait_seconds is not None
        longest = max((poll.at - began[contact] for contact in perhaps), default=0)
        shortest = max((poll.at - began[contact] for contact in surely), default=0)
        assert shortest - 1 <= found.oldest_wait_seconds <= longest + 1


def test_a_reload_of_the_queues_is_no_restart(polls: list[Poll]) -> None:
    assert {poll.snapshot.period.name for poll in polls if poll.snapshot.period} == {"2026-11-26 19:40:33"}


def test_a_paused_agent_has_the_reason_until_the_pause_ends(polls: list[Poll]) -> None:
    paused = [
        (poll.at, agent.reason)
        for poll in polls
        for agent in poll.snapshot.agents or ()
        if agent.name == "Ann" and agent.state == "paused"
    ]
    [began] = [line.at for line in ledger() if line.event == "PAUSE"]
    [ended] = [line.at for line in ledger() if line.event == "UNPAUSE"]
    assert {reason for _, reason in paused} == {"Lunch"}
    # At first she finishes the call during which she was paused.
    assert began < paused[0][0] < began + 15
    assert ended - 5 < paused[-1][0] <= ended + 1
