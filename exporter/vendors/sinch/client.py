"""One contact centre at Sinch: what is asked for, how often, and what it says."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from exporter.model import Agent, Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.base import Resource
from exporter.vendors.sinch.agents import USER_STATUSES, agent_table, settled
from exporter.vendors.sinch.day import Day
from exporter.vendors.sinch.queues import GROUP_QUEUES, queue_table
from exporter.vendors.sinch.rmi import Rmi
from exporter.vendors.sinch.settings import SinchSettings
from exporter.vendors.sinch.summaries import BUCKETS
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.timezones import midnight

M = TypeVar("M", bound=msgspec.Struct)

# A day of a thousand queues is a hundred thousand rows by its end, so they are asked for in every fourth interval.
_SUMMARIES_EVERY_INTERVALS = 4
# Somebody sets them by hand.
_LEVELS_EVERY_SECONDS = 300.0
# "After a given time" may leave out what begins at that very time.
_MOMENT = timedelta(seconds=1)
# What looks otherwise is refused as no id; an address of more of them grows too long.
_ID = re.compile(r"[0-9A-F]{32}")
_MOST_IDS = 200

_NONE = msgspec.Raw(b"null")


class _Group(msgspec.Struct):
    queues: msgspec.Raw = _NONE


class _Nested(msgspec.Struct):
    queue: msgspec.Raw = _NONE


class SinchClient:
    """One contact centre at Sinch."""

    def __init__(self, target: SinchSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._clock = clock
        self._interval = target.poll.interval
        ids = target.select.queues.ids(_ID, _MOST_IDS)
        self._wanted = ids or ()
        self._zone = ZoneInfo(target.timezone)
        self._rmi = Rmi(target, http, clock)
        self._queues = Decoder(queue_table(free_includes_wrap_up=target.free_includes_wrap_up))
        self._agents = Decoder(
            agent_table(active_contacts=target.active_contacts, ready_includes_handling=target.ready_includes_handling)
        )
        self._user_statuses = Decoder(USER_STATUSES)
        self._buckets = Decoder(BUCKETS)
        self._levels = Decoder(GROUP_QUEUES)
        single_agents = target.agents.detail != "aggregate"
        self._asks_user_statuses = single_agents and target.active_contacts == "user_statuses"

    @property
    def resources(self) -> Sequence[Resource]:
        """What is true now, and more rarely the day's totals and the thresholds."""
        # The day's pages may be many, and what is true now must not wait for them.
        every, rarely = _SUMMARIES_EVERY_INTERVALS * self._interval, _LEVELS_EVERY_SECONDS
        return (
            Resource("queues", self.queues),
            Resource("agents", self.agents),
            Resource("contact_summaries", self.contact_summaries, every=every, paced=True, carries_thresholds=False),
            Resource("queue_groups", self.queue_groups, every=rarely, carries_thresholds=False),
        )

    async def queues(self) -> Snapshot:
        """Ask for what is true of the queues now. Raises PollError."""
        notes: Notes = []
        rows = await self._all("queueStatuses", self._queues, notes, **self._only("id"))
        known = {queue.id for queue in rows}
        notes.extend(
            ("queueStatuses.id", f"no queue {each}, which is selected") for each in self._wanted if each not in known
        )
        return Snapshot(queues=rows, unmapped=tuple(notes))

    async def agents(self) -> Snapshot:
        """Ask for all agents with their totals of the day. Raises PollError."""
        notes: Notes = []
        since = _timestamp(self._midnight())
        rows = await self._all("agents", self._agents, notes, startTime=since, showQueueInfo="0")
        agents = [settled(agent) for agent in rows]
        if self._asks_user_statuses:
            users = {user.id: user for user in await self._all("userStatuses", self._user_statuses, notes)}
            agents = [_with_active_contacts(agent, users.get(agent.id)) for agent in agents]
        return Snapshot(agents=tuple(agents), unmapped=tuple(notes))

    async def contact_summaries(self) -> Snapshot:
        """Ask for what the queues have seen today. Raises PollError."""
        notes: Notes = []
        began = self._midnight()
        day = Day(began.timestamp())
        query = {"startTime": _timestamp(began - _MOMENT), **self._only("queueId")}
        async for page in self._rmi.pages("contactSummaries", notes, **query):
            day.add(await self._buckets.read(page, notes), notes)
        return Snapshot(queues=day.queues(), unmapped=tuple(notes))

    async def queue_groups(self) -> Snapshot:
        """Ask for the thresholds of all queues; of a queue in several groups the first stays. Raises PollError."""
        notes: Notes = []
        queues: dict[str, Queue] = {}
        async for page in self._rmi.pages("queueGroups", notes, showThresholds="1"):
            for members in _members(page, notes):
                for queue in self._levels.decode(members, notes):
                    queues.setdefault(queue.id, queue)
        return Snapshot(queues=tuple(queues.values()), unmapped=tuple(notes))

    async def close(self) -> None:
        """Do nothing: the vendor publishes no way to end a session, which expires by itself."""

    async def _all(self, collection: str, decoder: Decoder[Any], notes: Notes, **query: str) -> tuple[Any, ...]:
        """Read all pages of a collection; of several rows with one id the first stays."""
        things: dict[str, Any] = {}
        async for page in self._rmi.pages(collection, notes, **query):
            for thing in await decoder.read(page, notes):
                if things.setdefault(thing.id, thing) is not thing:
                    notes.append((f"{collection}.id", "duplicate id"))
        return tuple(things.values())

    def _only(self, parameter: str) -> dict[str, str]:
        """Return the query that asks only for the queues selected by their ids, none where others are selected."""
        return {parameter: ",".join(self._wanted)} if self._wanted else {}

    def _midnight(self) -> datetime:
        return midnight(self._clock.time(), self._zone)


def _members(groups: msgspec.Raw, notes: Notes) -> Iterator[msgspec.Raw]:
    """Yield the queues of each group, which stand in it as an array or as `{"queue": […]}`."""
    for row in msgspec.json.decode(groups, type=list[msgspec.Raw]):
        try:
            queues = msgspec.json.decode(row, type=_Group).queues
            if bytes(queues).startswith(b"{"):
                queues = msgspec.json.decode(queues, type=_Nested).queue
            msgspec.json.decode(queues, type=list[msgspec.Raw] | None)
        except msgspec.ValidationError as error:
            notes.append(("queueGroups.queues", str(error)))
        else:
            if queues != _NONE:
                yield queues


def _with_active_contacts(agent: Agent, user: Agent | None) -> Agent:
    return agent if user is None else msgspec.structs.replace(agent, active_contacts=user.active_contacts)


def _timestamp(moment: datetime) -> str:
    """Write a moment as the vendor's examples do."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
