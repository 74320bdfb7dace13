"""Client of one target at Axialys: its resources and their intervals.

Each resource owns its families, so that no two resources export the same series: `operators` the agents and their
number per queue, including the details that `operator_details` collects; `group_stats` the supervision of a queue;
`received_groups` the answered calls and the oldest wait; `received_numbers` numbers. The names of queues come from
`groups`.
"""

from collections.abc import Sequence
from functools import partial

from exporter.model import Number, Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.axialys import operators as operator_rows
from exporter.vendors.axialys import tables
from exporter.vendors.axialys.api import (
    GROUPS_PATH,
    OPERATOR_NAMES_PATH,
    OPERATORS_PATH,
    AxialysApi,
    account,
    group_stats_request,
    received_group_request,
    received_numbers_request,
)
from exporter.vendors.axialys.cache import Cache
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.operator_details import DETAILS_FLOOR_SECONDS, OperatorDetails
from exporter.vendors.axialys.queue_statistics import QueueStatistics
from exporter.vendors.axialys.queues import count_by_group
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.decoder import Decoder, RowSchema
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.item_rounds import ItemRounds, Pacing
from exporter.vendors.toolkit.rate_floor import Floor
from exporter.vendors.toolkit.requested_pause import RequestedPause

# Section 3.2: "Be careful not to make more than one request every 30 seconds."
_OPERATORS_FLOOR_SECONDS = 30.0
# Groups and names change with the organisation, not with calls.
_RARELY_SECONDS = 600.0
_DETAILS_AT_ONCE = 4

_EMPTY = Snapshot()


class AxialysClient:
    """One contact centre at Axialys Voice Management."""

    def __init__(self, target: AxialysSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._clock = clock
        self._dates = Dates(target.timezone, clock)
        self._api = AxialysApi(target, http, self._dates)
        self._pause = RequestedPause(clock, target.poll.interval)
        self._floor = Floor(("axialys", target.url, account(target)), _OPERATORS_FLOOR_SECONDS, clock)
        self._groups = Cache(self._fetch_groups)
        self._names = Cache(self._fetch_names)
        poll = target.poll
        every = max(poll.interval, DETAILS_FLOOR_SECONDS)
        pacing = Pacing.over_interval(every, poll.timeout, at_once=_DETAILS_AT_ONCE)
        self._details = OperatorDetails(self._api, self._dates, clock, pacing, self._pause)
        self._group_rows = Decoder(tables.GROUPS)
        self._name_rows = Decoder(tables.NAMES)
        self._operator_rows = Decoder(operator_rows.operators(self._dates))
        self._group_stats = self._statistics(tables.GROUP_STATS)
        self._received_groups = self._statistics(tables.received_groups(self._dates.age, target.total_duration))
        self._received_numbers = self._statistics(tables.received_numbers(self._dates.age))

    @property
    def resources(self) -> Sequence[Resource]:
        """Groups, operators and supervision; single operators only if exported, and received calls only with a path."""
        target = self._target
        paced = partial(Resource, paced=True, remaining_pause=self._pause.remaining)
        resources = [
            Resource("groups", self.groups, every=_RARELY_SECONDS, remaining_pause=self._pause.remaining),
            Resource(
                "operators",
                self.operators,
                _OPERATORS_FLOOR_SECONDS,
                carries_thresholds=False,
                provides=("queues", "agents"),
                remaining_pause=self._remaining_pause,
            ),
            paced("group_stats", self.group_stats, carries_thresholds=False, provides=("queues",)),
        ]
        if target.agents.detail != "aggregate":
            resources.append(
                paced("operator_details", self._details.refresh, DETAILS_FLOOR_SECONDS, provides=("agents",))
            )
        if self._exports_names:
            resources.append(
                Resource("operator_names", self.operator_names, every=_RARELY_SECONDS, provides=("agents",))
            )
        if target.received_groups_path is not None:
            resources.append(
                paced("received_groups", self.received_groups, carries_thresholds=False, provides=("queues",))
            )
        if target.received_numbers_path is not None:
            resources.append(
                paced("received_numbers", self.received_numbers, carries_thresholds=False, provides=("numbers",))
            )
        return resources

    async def groups(self) -> Snapshot:
        """Request all groups (3.3). Raises PollError."""
        return await self._groups.refresh()

    async def operator_names(self) -> Snapshot:
        """Request the names of the operators (3.1), which `operators` exports. Raises PollError."""
        return Snapshot(unmapped=(await self._names.refresh()).unmapped)

    async def operators(self) -> Snapshot | None:
        """Request the current state of all operators (3.2); None within the floor of the account. Raises PollError."""
        # Agents are exported even if names or groups are unavailable: those resources report their own failures.
        groups = (await self._groups.get_or(_EMPTY)).queues
        people = (await self._names.get_or(_EMPTY)).agents if self._exports_names else None
        if self._floor.remaining_pause() > 0:
            return None
        with self._floor.request():
            operators, notes = await self._api.rows(OPERATORS_PATH, "operators_init", self._operator_rows)
        names = {person.id: person.name for person in people or ()}
        known = [(operator, self._details.get(operator.id)) for operator in operators]
        agents = tuple(operator_rows.agent(each, names, self._dates, detail) for each, detail in known)
        self._details.follow(each.id for each in agents if each.state != "logged_out")
        members = [
            (operator_rows.serving_groups(operator, each.state, detail), each.state)
            for (operator, detail), each in zip(known, agents, strict=True)
        ]
        # An operator with unreadable groups is missing; if all of them are, the counts would be 0.
        queues = () if operator_rows.has_unreadable_groups_only(operators, notes) else count_by_group(members, groups)
        return Snapshot(queues=queues, agents=agents, unmapped=(*notes, *operator_rows.missing_states(operators)))

    async def group_stats(self) -> Snapshot:
        """Request the supervision of each group (4.3). Raises PollError."""
        groups = await self._selected_groups()
        requests = {group.id: group_stats_request(self._target, group) for group in groups}
        return await self._group_stats.fetch(requests)

    async def received_groups(self) -> Snapshot:
        """Request the calls received by each group (4.2). Raises PollError."""
        groups = await self._selected_groups()
        requests = {group.id: received_group_request(self._target, group) for group in groups}
        return await self._received_groups.fetch(requests)

    async def received_numbers(self) -> Snapshot:
        """Request the calls received by the numbers under each configured name (4.1). Raises PollError."""
        requests = {name: received_numbers_request(self._target, name) for name in self._target.numbers}
        return await self._received_numbers.fetch(requests)

    async def close(self) -> None:
        """Do nothing: there is no session, every request carries the credentials."""

    def _remaining_pause(self) -> float:
        return max(self._floor.remaining_pause(), self._pause.remaining())

    @property
    def _exports_names(self) -> bool:
        return self._target.agents.detail == "name"

    def _statistics(self, table: RowSchema[Queue] | RowSchema[Number]) -> QueueStatistics:
        pacing = Pacing.over_interval(self._target.poll.interval, self._target.poll.timeout)
        return QueueStatistics(table, self._api, ItemRounds(table.name, pacing, self._clock, self._pause))

    async def _selected_groups(self) -> Sequence[Queue]:
        """Return the selected groups; each takes a request."""
        groups = (await self._groups.get()).queues
        return [group for group in groups if self._target.select.queues.takes(group.id, group.name)]

    async def _fetch_groups(self) -> Snapshot:
        groups, notes = await self._api.rows(GROUPS_PATH, "groups", self._group_rows)
        return Snapshot(queues=groups, unmapped=notes)

    async def _fetch_names(self) -> Snapshot:
        people, notes = await self._api.rows(OPERATOR_NAMES_PATH, "operators", self._name_rows)
        return Snapshot(agents=people, unmapped=notes)
