"""The client of one contact centre at Sinch: its resources, their intervals and their requests."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from exporter.model import Agent, Period, Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.base import Resource
from exporter.vendors.sinch.api import SinchApi, group_members
from exporter.vendors.sinch.contacts import ContactsReader
from exporter.vendors.sinch.settings import SinchSettings
from exporter.vendors.sinch.summaries import SummariesReader
from exporter.vendors.sinch.tables import (
    GROUP_QUEUES,
    USER_STATUSES,
    agent_schema,
    queue_schema,
    with_pause_reason_only,
)
from exporter.vendors.sinch.times import timestamp
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.timezones import midnight

# Two hours of a thousand queues are nine thousand rows, so they are requested every fourth interval.
_SUMMARIES_EVERY_INTERVALS = 4
# The share of that time which a poll waits for a read that may take longer.
_TIMEOUT_SHARE = 0.8
# Their rows are short, and there are many of them.
_SUMMARIES_PAGE_FACTOR = 4
# Thresholds are set by hand and rarely change.
_THRESHOLDS_EVERY_SECONDS = 300.0
# The vendor rejects a request for ids of any other form; more ids than this make the URL too long.
_ID = re.compile(r"[0-9A-F]{32}")
_MOST_IDS = 200


class SinchClient:
    """One contact centre at Sinch."""

    def __init__(self, target: SinchSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._clock = clock
        self._summaries_every = _SUMMARIES_EVERY_INTERVALS * target.poll.interval
        self._queue_ids = target.select.queues.ids(_ID, _MOST_IDS) or ()
        self._zone = ZoneInfo(target.timezone)
        self._api = SinchApi(target, http, clock)
        self._queues = Decoder(queue_schema(free_includes_wrap_up=target.free_includes_wrap_up))
        self._agents = Decoder(
            agent_schema(active_contacts=target.active_contacts, ready_includes_handling=target.ready_includes_handling)
        )
        self._user_statuses = Decoder(USER_STATUSES)
        selected = self._selected("queueId")
        timeout = _TIMEOUT_SHARE * self._summaries_every
        rows = _SUMMARIES_PAGE_FACTOR * target.page_size
        self._summaries = SummariesReader(self._api, clock, self._zone, selected, page_rows=rows, timeout=timeout)
        self._contacts_every = max(target.contacts.interval, target.poll.interval)
        self._contacts = (
            ContactsReader(self._api, clock, target.contacts, selected, _TIMEOUT_SHARE * self._contacts_every)
            if target.contacts.enabled
            else None
        )
        # The queues listed last, by id.
        self._listed: dict[str, Queue] = {}
        self._group_queues = Decoder(GROUP_QUEUES)
        single_agents = target.agents.detail != "aggregate"
        self._requests_user_statuses = single_agents and target.active_contacts == "user_statuses"

    @property
    def resources(self) -> Sequence[Resource]:
        """Return the current state and, at longer intervals, the day's totals and the thresholds."""
        # Paced, because the day's pages may be many and must not delay the current state.
        every, rarely = self._summaries_every, _THRESHOLDS_EVERY_SECONDS
        return (
            Resource("queues", self.queues, provides=("queues",)),
            Resource("agents", self.agents, provides=("agents",)),
            Resource(
                "contact_summaries",
                self.contact_summaries,
                every=every,
                paced=True,
                carries_thresholds=False,
                provides=("queues",),
                memory=self._summaries.memory,
                requests_a_minute=lambda: self._summaries.requests_a_minute(every),
            ),
            Resource("queue_groups", self.queue_groups, every=rarely, carries_thresholds=False, provides=("queues",)),
            *self._contacts_resource(),
        )

    def _contacts_resource(self) -> Iterator[Resource]:
        if self._contacts is not None:
            yield Resource(
                "contacts",
                partial(self.contacts, self._contacts),
                every=self._contacts_every,
                paced=True,
                carries_thresholds=False,
                provides=("queues",),
            )

    async def queues(self) -> Snapshot:
        """Fetch the current state of the queues. Raises PollError."""
        notes: Notes = []
        queues = await self._fetch_all("queueStatuses", self._queues, notes, **self._selected("id"))
        self._listed = {queue.id: queue for queue in queues}
        notes.extend(
            ("queueStatuses.id", f"selected queue {queue_id} not found")
            for queue_id in self._queue_ids
            if queue_id not in self._listed
        )
        return Snapshot(queues=queues, unmapped=tuple(notes))

    async def agents(self) -> Snapshot:
        """Fetch all agents with their totals of the day. Raises PollError."""
        notes: Notes = []
        began = self._midnight()
        since = timestamp(began)
        rows = await self._fetch_all("agents", self._agents, notes, startTime=since, showQueueInfo="0")
        agents = [with_pause_reason_only(agent) for agent in rows]
        if self._requests_user_statuses:
            users = {user.id: user for user in await self._fetch_all("userStatuses", self._user_statuses, notes)}
            agents = [_with_user_status(agent, users.get(agent.id)) for agent in agents]
        return Snapshot(agents=tuple(agents), unmapped=tuple(notes), period=self._day_of(began))

    async def contact_summaries(self) -> Snapshot:
        """Fetch the queues' totals of the day. Raises PollError."""
        notes: Notes = []
        await self._summaries.update(notes)
        day = self._summaries.today()
        queues = await self._summaries.queues(day, self._listed)
        period, age = Period(name=day.name, began=day.began), self._summaries.age()
        return Snapshot(queues=queues, unmapped=tuple(notes), period=period, data_age_seconds=age)

    async def queue_groups(self) -> Snapshot:
        """Fetch the thresholds of all queues; if a queue is in several groups, the first counts. Raises PollError."""
        notes: Notes = []
        queues: dict[str, Queue] = {}
        async for page in self._api.pages("queueGroups", notes, {"showThresholds": "1"}):
            for members in group_members(page, notes):
                for queue in self._group_queues.decode(members, notes):
                    queues.setdefault(queue.id, queue)
        return Snapshot(queues=tuple(queues.values()), unmapped=tuple(notes))

    async def contacts(self, reader: ContactsReader) -> Snapshot:
        """Observe the single contacts that have ended since the last poll. Raises PollError."""
        notes: Notes = []
        await reader.update(notes)
        queues = await reader.queues(self._listed, self._summaries)
        return Snapshot(queues=queues, unmapped=tuple(notes), period=reader.period, findings=reader.findings)

    async def close(self) -> None:
        """Stop reading; the vendor documents no way to end a session, which expires by itself."""
        await self._summaries.close()
        if self._contacts is not None:
            await self._contacts.close()

    async def _fetch_all(self, collection: str, decoder: Decoder[Any], notes: Notes, **query: str) -> tuple[Any, ...]:
        """Return all rows of a collection; of several with one id the first is kept."""
        rows: dict[str, Any] = {}
        async for page in self._api.pages(collection, notes, query):
            for row in await decoder.read(page, notes):
                if rows.setdefault(row.id, row) is not row:
                    notes.append((f"{collection}.id", "duplicate id"))
        return tuple(rows.values())

    def _selected(self, parameter: str) -> dict[str, str]:
        """Return the query for the queues selected by id; empty if the selection needs the whole list."""
        return {parameter: ",".join(self._queue_ids)} if self._queue_ids else {}

    def _day_of(self, midnight: datetime) -> Period:
        """Return the local day that begins at a midnight, the reporting period of its totals."""
        day = midnight.astimezone(self._zone).date()
        return Period(name=day.isoformat(), began=midnight.timestamp())

    def _midnight(self) -> datetime:
        return midnight(self._clock.time(), self._zone)


def _with_user_status(agent: Agent, user: Agent | None) -> Agent:
    """Return an agent with what the user status adds; its capacities include those of the agent."""
    if user is None:
        return agent
    capacities = {**agent.capacity_contacts, **user.capacity_contacts}
    return msgspec.structs.replace(agent, active_contacts=user.active_contacts, capacity_contacts=capacities)
