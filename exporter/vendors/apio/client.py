"""One target at APIO: a poll finds the agents and asks for each of them."""

from collections.abc import Sequence

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Agent, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.apio.api import Api, Place
from exporter.vendors.apio.failure_budget import Tally
from exporter.vendors.apio.queues import Seen, count_queues
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.apio.staff import Staff, StaffFinder
from exporter.vendors.apio.tables import AGENTS, CALL_CENTERS
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.pacing import Pace, visit_each

# Requests begin within this share of the interval, and end before it does: a poll cut off would lose everybody.
_SPREAD_SHARE = 0.8
_LAST_SHARE = 0.95
# One agent may keep its slot for this share of the timeout, so that some who hang do not leave the others unasked.
_PATIENCE_SHARE = 0.25
_ENRICH = {"enrichCcInfo": True}
_NOTHING = (b"null", b'""')


class ApioClient:
    """One contact centre at APIO."""

    def __init__(self, target: ApioSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._clock = clock
        self._api = Api(target, http, clock)
        self._finder = StaffFinder(target, self._api, clock)
        self._agents = Decoder(AGENTS)
        self._call_centers = Decoder(CALL_CENTERS)
        self._staff: Staff | None = None
        self._spread = 0.0

    @property
    def resources(self) -> Sequence[Resource]:
        """The agents, and the queues they make."""
        return (Resource("agents", self.agents, paced=True, remaining_pause=self._api.remaining_pause),)

    async def agents(self) -> Snapshot:
        """Ask for every agent, spread over the interval. Raises PollError.

        Only the first poll goes as fast as its concurrency allows: the exporter is to be ready soon, and `check` to
        end.
        """
        began = self._clock.monotonic()
        spread, self._spread = self._spread, _SPREAD_SHARE
        # A poll that fails leaves nobody known: perhaps it fails because they have changed.
        before, self._staff = self._staff, None
        notes: Notes = []
        await self._api.begin_poll()
        staff = await self._finder.find(before, notes)
        seen = await self._visit_all(staff, began, spread, notes)
        self._staff = staff
        queues = count_queues(seen.values(), staff.empty)
        return Snapshot(queues=queues, agents=tuple(each.agent for each in seen.values()), unmapped=tuple(notes))

    async def close(self) -> None:
        """Do nothing: there is no session, and tokens expire by themselves."""

    async def _visit_all(self, staff: Staff, began: float, spread: float, notes: Notes) -> dict[str, Seen]:
        """Return what the agents' answers say, by user id and in the order of the staff."""
        interval = self._target.poll.interval
        tally = Tally(len(staff.agents))
        seen: dict[str, Seen] = {}

        async def visit(user: str) -> bool:
            patience = min(self._target.poll.timeout * _PATIENCE_SHARE, self._left(began + interval * _LAST_SHARE))
            try:
                seen[user] = await self._see(user, staff.agents[user], patience, notes)
            except PollError as error:
                tally.failed(error)
            return not tally.lost

        pace = Pace(began + interval * spread, self._target.concurrency)
        await visit_each(tuple(staff.agents), visit, pace, self._clock)
        tally.require_enough(notes)
        notes.extend((AGENTS.name, f"{error.reason}: {error}") for error in tally.failures)
        return {user: seen[user] for user in staff.agents if user in seen}

    async def _see(self, user: str, known: Agent, patience: float, notes: Notes) -> Seen:
        """Ask for one agent.

        Raises:
            PollError: There is no usable answer.
        """
        if patience <= 0:
            raise PollError(Reason.TIMEOUT, "no time left for it: fewer agents, or a longer interval")
        body = await self._api.get(Place(user), patience, json=_ENRICH if self._target.call_center_names else None)
        document = decode_json(body, msgspec.Raw, AGENTS.name, notes)
        fields = decode_json(bytes(document), dict[str, msgspec.Raw], AGENTS.name, notes)
        rows = fields.get(CALL_CENTERS.name)
        if rows is None and "agentACDState" not in fields:
            raise PollError(Reason.INVALID, f"{AGENTS.name}: neither agentACDState nor {CALL_CENTERS.name}")
        agent = self._agents.decode_one(document, notes, id=known.id, name=known.name, group=known.group)
        if agent.state != "not_ready":
            # The code may stay behind when the agent is back.
            agent = msgspec.structs.replace(agent, reason="")
        joined = () if rows is None or bytes(rows) in _NOTHING else self._call_centers.decode(rows, notes)
        return Seen(agent, joined)

    def _left(self, deadline: float) -> float:
        return deadline - self._clock.monotonic()
