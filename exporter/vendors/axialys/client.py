"""Client of one target at Axialys: its resources and their intervals.

Each resource owns its families, so that no two resources export the same series: `operators` the agents and their
number per queue, including the details that `operator_details` collects; `group_stats` the supervision of a queue;
`received_groups` the answered calls and the oldest wait; `received_numbers` numbers. The names of queues come from
`groups`.
"""

from collections.abc import Sequence
from functools import partial

from msgspec import Raw

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
    credentials,
    group_stats_request,
    received_group_request,
    received_numbers_request,
)
from exporter.vendors.axialys.cache import Cache
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.operator_details import OperatorDetails
from exporter.vendors.axialys.queue_statistics import QueueStatistics
from exporter.vendors.axialys.queues import count_by_group
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.axialys.status_history import StatusHistory
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder, RowSchema
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.rate_floor import Floor
from exporter.vendors.toolkit.requested_pause import pause_of
from exporter.vendors.toolkit.shared_answer import SharedAnswer

# Section 3.2: "Be careful not to make more than one request every 30 seconds."
_OPERATORS_FLOOR_SECONDS = 30.0
# A list that the operators are exported without may take this share of the timeout.
_LIST_TIMEOUT_SHARE = 0.25
# Groups and names change with the organisation, not with calls.
_RARELY_SECONDS = 600.0

_EMPTY = Snapshot()


class AxialysClient:
    """One contact centre at Axialys Voice Management."""

    def __init__(self, target: AxialysSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._clock = clock
        self._dates = Dates(target.timezone, clock)
        self._account = ("axialys", target.url, account(target))
        self._pause = pause_of(self._account, clock, target.poll.interval)
        self._api = AxialysApi(target, http, self._dates, self._pause)
        self._floor = Floor(self._account, _OPERATORS_FLOOR_SECONDS, clock)
        self._operators = SharedAnswer[tuple[Raw, Notes]](
            ("axialys", target.url, credentials(target)), self._floor, _OPERATORS_FLOOR_SECONDS, clock
        )
        self._groups = Cache(self._fetch_groups)
        self._names = Cache(self._fetch_names)
        self._details = OperatorDetails(self._api, self._dates, clock, target.poll, self._pause)
        self._history = _history(target, self._api, self._dates, clock)
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
        pause = self._pause.remaining
        in_rounds = partial(Resource.in_rounds, remaining_pause=pause)
        resources = [
            Resource("groups", self.groups, every=_RARELY_SECONDS, remaining_pause=pause),
            Resource(
                "operators",
                self.operators,
                _OPERATORS_FLOOR_SECONDS,
                carries_thresholds=False,
                provides=("queues", "agents"),
                remaining_pause=self._remaining_pause,
                place=self._account,
            ),
            in_rounds(
                "group_stats",
                self.group_stats,
                self._group_stats.cadence,
                carries_thresholds=False,
                provides=("queues",),
            ),
        ]
        if target.agents.detail != "aggregate":
            details = self._details
            resources.append(in_rounds("operator_details", details.refresh, details.cadence, provides=("agents",)))
        if self._history is not None:
            history = self._history
            resources.append(
                # Paced, because the rows of a day may be many and must not delay the current state.
                Resource(
                    "status_history",
                    history.refresh,
                    every=history.every,
                    paced=True,
                    provides=("agents",),
                    remaining_pause=pause,
                )
            )
        if self._exports_names:
            resources.append(
                Resource(
                    "operator_names",
                    self.operator_names,
                    every=_RARELY_SECONDS,
                    provides=("agents",),
                    remaining_pause=pause,
                )
            )
        if target.received_groups_path is not None:
            cadence = self._received_groups.cadence
            resources.append(
                in_rounds(
                    "received_groups", self.received_groups, cadence, carries_thresholds=False, provides=("queues",)
                )
            )
        if target.received_numbers_path is not None:
            cadence = self._received_numbers.cadence
            resources.append(
                in_rounds(
                    "received_numbers", self.received_numbers, cadence, carries_thresholds=False, provides=("numbers",)
                )
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
        time_limit = _LIST_TIMEOUT_SHARE * self._target.poll.timeout
        groups = (await self._groups.get_or(_EMPTY, time_limit)).queues
        people = (await self._names.get_or(_EMPTY, time_limit)).agents if self._exports_names else None
        answer = await self._operators.get(lambda: self._api.document(OPERATORS_PATH, "operators_init"))
        if answer is None:
            return None
        (document, document_notes), age = answer
        notes = [*document_notes]
        operators = await self._operator_rows.read(document, notes)
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
        unmapped = (*notes, *operator_rows.missing_states(operators))
        history = self._history
        if history is None:
            return Snapshot(queues=queues, agents=agents, unmapped=unmapped, age=age)
        agents = tuple(map(history.with_totals, agents))
        return Snapshot(queues=queues, agents=agents, unmapped=unmapped, age=age, period=history.period)

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
        return max(self._operators.remaining_pause(), self._pause.remaining())

    @property
    def _exports_names(self) -> bool:
        return self._target.agents.detail == "name"

    def _statistics(self, table: RowSchema[Queue] | RowSchema[Number]) -> QueueStatistics:
        cadence = Cadence(self._target.poll, paced=True)
        return QueueStatistics(table, self._api, cadence, self._clock, self._pause)

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


def _history(target: AxialysSettings, api: AxialysApi, dates: Dates, clock: Clock) -> StatusHistory | None:
    """Return the status history, None if it is not observed."""
    if not target.contacts.enabled:
        return None
    return StatusHistory(
        api, dates, clock, max(target.contacts.interval, target.poll.interval), target.poll.stale_after
    )
