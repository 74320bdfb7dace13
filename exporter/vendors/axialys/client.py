"""One target at Axialys: what it can be asked for, and how often.

Each resource owns its families, so that no two speak of the same series: `operators` the agents and how many of them
each queue has, with what `operator_details` found out about single ones; `group_stats` what its supervision tells of a
queue; `received_groups` the answered calls and the oldest wait; `received_numbers` queues of its own. `groups` names
the queues for all of them.
"""

import hashlib
from collections.abc import Sequence
from urllib.parse import quote

from exporter.model import Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.axialys import tables
from exporter.vendors.axialys.api import Api
from exporter.vendors.axialys.cache import Remembered
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.details import DETAILS_FLOOR_SECONDS, Details
from exporter.vendors.axialys.operators import agent, by_group, state_untold
from exporter.vendors.axialys.received_calls import Figures, Question
from exporter.vendors.axialys.round_robin import Rounds
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.columns import MISSING
from exporter.vendors.toolkit.decoder import Decoder, RowSchema
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.rate_floor import Floor

# Section 3.2: "Be careful not to make more than one request every 30 seconds."
_OPERATORS_FLOOR_SECONDS = 30.0
# Groups and people change when somebody is hired, not when somebody calls.
_RARELY_SECONDS = 600.0

_ID = "<id>"
# Without it the counts of the day come without those of the moment.
_NOW_AS_WELL = ("include_realtime", "1")
_NOTHING = Snapshot()
_MEMBERSHIP = "operators_init.groups"


class AxialysClient:
    """One contact centre at Axialys Voice Management."""

    def __init__(self, target: AxialysSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._clock = clock
        self._api = Api(target, http)
        self._dates = Dates(target.timezone, clock)
        self._floor = Floor(("axialys", target.url, _account(target)), _OPERATORS_FLOOR_SECONDS, clock)
        self._groups = Remembered(self._ask_for_groups)
        self._names = Remembered(self._ask_for_names)
        poll = target.poll
        self._details = Details(self._api, self._dates, clock, interval=poll.interval, timeout=poll.timeout)
        self._group_rows = Decoder(tables.GROUPS)
        self._name_rows = Decoder(tables.NAMES)
        self._operator_rows = Decoder(tables.operators(self._dates))
        self._group_stats = self._figures(tables.GROUP_STATS)
        self._received_groups = self._figures(tables.received_groups(self._dates.age))
        self._received_numbers = self._figures(tables.RECEIVED_NUMBERS)

    @property
    def resources(self) -> Sequence[Resource]:
        """Groups, operators and supervision; single people only where they are shown, and what has a path."""
        target = self._target
        resources = [
            Resource("groups", self.groups, every=_RARELY_SECONDS),
            Resource(
                "operators",
                self.operators,
                _OPERATORS_FLOOR_SECONDS,
                carries_thresholds=False,
                remaining_pause=self._floor.remaining_pause,
            ),
            Resource("group_stats", self.group_stats, paced=True, carries_thresholds=False),
        ]
        if target.agents.detail != "aggregate":
            resources.append(Resource("operator_details", self._details.renew, DETAILS_FLOOR_SECONDS, paced=True))
        if self._shows_names:
            resources.append(Resource("operator_names", self.operator_names, every=_RARELY_SECONDS))
        if target.received_groups_path is not None:
            resources.append(Resource("received_groups", self.received_groups, paced=True, carries_thresholds=False))
        if target.received_numbers_path is not None:
            resources.append(Resource("received_numbers", self.received_numbers, paced=True))
        return resources

    async def groups(self) -> Snapshot:
        """Ask which groups there are (3.3). Raises PollError."""
        return await self._groups.renewed()

    async def operator_names(self) -> Snapshot:
        """Ask who the operators are (3.1); their names are shown with what they do. Raises PollError."""
        return Snapshot(unmapped=(await self._names.renewed()).unmapped)

    async def operators(self) -> Snapshot | None:
        """Ask what the operators do now (3.2); None where somebody has just asked. Raises PollError."""
        # Agents are shown even where names or groups cannot be had: their own resources say why.
        groups = (await self._groups.known_or(_NOTHING)).queues
        people = (await self._names.known_or(_NOTHING)).agents if self._shows_names else None
        if self._floor.remaining_pause() > 0:
            return None
        with self._floor.request():
            found, notes = await self._api.rows("/vm/operators_init", "operators_init", self._operator_rows)
        names = {person.id: person.name for person in people or ()}
        agents = tuple(agent(each, names, self._dates, self._details.of(each.id)) for each in found)
        self._details.follow(each.id for each in agents if each.state != "logged_out")
        states = [(operator.groups, each.state) for operator, each in zip(found, agents, strict=True)]
        untold = tuple(("operators_init.etat", MISSING) for operator in found if state_untold(operator))
        # Where somebody's groups cannot be read, a queue's count without them would be too low: rather none.
        unread = any(name == _MEMBERSHIP for name, _ in notes) and not all(operator.groups for operator in found)
        queues = () if unread else by_group(states, groups)
        return Snapshot(queues=queues, agents=agents, unmapped=(*notes, *untold))

    async def group_stats(self) -> Snapshot:
        """Ask for the supervision of each group (4.3). Raises PollError."""
        return await self._group_stats.ask([self._supervision_of(group) for group in await self._selected_groups()])

    async def received_groups(self) -> Snapshot:
        """Ask for the calls that each group received (4.2). Raises PollError."""
        return await self._received_groups.ask([self._received_by(group) for group in await self._selected_groups()])

    async def received_numbers(self) -> Snapshot:
        """Ask for the calls that the numbers received (4.1), by the name they go under. Raises PollError."""
        takes = self._target.select.queues.takes
        return await self._received_numbers.ask(
            [self._received_on(name) for name in self._target.numbers if takes(_number_id(name), name)]
        )

    async def close(self) -> None:
        """Do nothing: every request signs in by itself."""

    @property
    def _shows_names(self) -> bool:
        return self._target.agents.detail == "name"

    def _figures(self, table: RowSchema[Queue]) -> Figures:
        return Figures(table, self._api, Rounds(table.name, self._target.poll.interval, self._clock))

    async def _selected_groups(self) -> Sequence[Queue]:
        """Return the groups that are selected: each is a request."""
        groups = (await self._groups.known()).queues
        return [group for group in groups if self._target.select.queues.takes(group.id, group.name)]

    async def _ask_for_groups(self) -> Snapshot:
        groups, notes = await self._api.rows("/vm/groups", "groups", self._group_rows)
        return Snapshot(queues=groups, unmapped=notes)

    async def _ask_for_names(self) -> Snapshot:
        people, notes = await self._api.rows("/vm/operators/", "operators", self._name_rows)
        return Snapshot(agents=people, unmapped=notes)

    def _supervision_of(self, group: Queue) -> Question:
        target = self._target
        within = target.answer_seconds_by_group.get(group.id, target.answer_seconds)
        path, query = _placed(target.group_stats_path, group.id)
        asked = {"nbr_abandonne": target.short_abandon_seconds, "nbr_repondu": within}
        return Question(path, {**_known(group), "answer_seconds": within}, query, asked)

    def _received_by(self, group: Queue) -> Question:
        path, query = _placed(self._target.received_groups_path or "", group.id)
        return Question(path, _known(group), (*query, _NOW_AS_WELL))

    def _received_on(self, name: str) -> Question:
        numbers = (("dest_number", number) for number in self._target.numbers[name])
        known = {"numbers_id": _number_id(name), "numbers_name": name}
        return Question(self._target.received_numbers_path or "", known, (*numbers, _NOW_AS_WELL))


def _account(target: AxialysSettings) -> str:
    """Return what the vendor counts requests by: the user, or the key by its hash, as a secret must not lie around."""
    if target.auth != "apikey" or target.api_key is None:
        return target.username or ""
    return hashlib.sha256(target.api_key.get_secret_value().encode()).hexdigest()


def _placed(path: str, group: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the path and the query that ask for one group."""
    return (path.replace(_ID, quote(group, safe="")), ()) if _ID in path else (path, (("group_id", group),))


def _number_id(name: str) -> str:
    return f"number:{name}"


def _known(group: Queue) -> dict[str, object]:
    return {"group_id": group.id, "group_name": group.name}
