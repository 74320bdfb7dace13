"""Client of one target at APIO: a poll lists the agents and requests the profile of each."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Failure, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.apio.api import ApioApi, Endpoint, RefusedError
from exporter.vendors.apio.failure_budget import FailureBudget
from exporter.vendors.apio.queues import Profile, count_queues
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.apio.staff import Staff, StaffFinder
from exporter.vendors.apio.tables import AGENTS, CALL_CENTERS, STATE_FIELD, SupervisedAgent, without_outdated_reason
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.pacing import Pace, visit_each

# Requests start within this share of the interval and end before it does: a cancelled poll would lose all agents.
_SPREAD_SHARE = 0.8
_LAST_SHARE = 0.95
# One agent may hold its slot for this share of the timeout, so that a few hanging requests do not block the others.
_TIMEOUT_SHARE = 0.25
_ENRICH = {"enrichCcInfo": True}
_EMPTY = (b"null", b'""')


class ApioClient:
    """One contact centre at APIO."""

    def __init__(self, target: ApioSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._clock = clock
        self._api = ApioApi(target, http, clock)
        self._finder = StaffFinder(target, self._api, clock)
        self._agents = Decoder(AGENTS)
        self._call_centers = Decoder(CALL_CENTERS)
        self._staff: Staff | None = None
        self._spread = 0.0
        self._in_other_groups: set[str] = set()

    @property
    def resources(self) -> Sequence[Resource]:
        """The agents, from which the queues are counted."""
        return (Resource("agents", self.agents, paced=True, remaining_pause=self._api.remaining_pause),)

    async def agents(self) -> Snapshot:
        """Request every agent, spread over the interval. Raises PollError.

        The first poll is not spread, only bounded by the concurrency: the exporter becomes ready, and `check` ends,
        as soon as it is complete.
        """
        began = self._clock.monotonic()
        spread, self._spread = self._spread, _SPREAD_SHARE
        # A failed poll discards the known staff: it may have failed because the staff changed.
        before, self._staff = self._staff, None
        notes: Notes = []
        await self._api.begin_poll()
        staff = await self._finder.find(before, notes)
        profiles = await self._request_all(staff, began, spread, notes)
        self._staff = staff
        queues = count_queues(profiles, staff.empty)
        return Snapshot(queues=queues, agents=tuple(each.agent for each in profiles), unmapped=tuple(notes))

    async def close(self) -> None:
        """Do nothing: there is no session, and tokens expire by themselves."""

    async def _request_all(self, staff: Staff, began: float, spread: float, notes: Notes) -> Sequence[Profile]:
        """Return the profiles of the agents that did not fail, in the order of the staff."""
        interval = self._target.poll.interval
        budget = FailureBudget(len(staff.agents))
        profiles: dict[str, Profile] = {}

        async def visit(user: str) -> bool:
            time_limit = min(self._target.poll.timeout * _TIMEOUT_SHARE, self._left(began + interval * _LAST_SHARE))
            try:
                profiles[user] = await self._request(user, staff.agents[user], time_limit, notes)
            except PollError as error:
                budget.add(error)
            return not budget.exceeded

        pace = Pace(began + interval * spread, self._target.concurrency)
        await visit_each(tuple(staff.agents), visit, pace, self._clock)
        budget.require_not_exceeded(notes)
        notes.extend((AGENTS.name, Failure(f"{error.reason}: {error}")) for error in budget.failures)
        return [profiles[user] for user in staff.agents if user in profiles]

    async def _request(self, user: str, known: SupervisedAgent, time_limit: float, notes: Notes) -> Profile:
        """Request one agent's profile.

        Raises:
            PollError: The response is unusable.
        """
        if time_limit <= 0:
            raise PollError(Reason.TIMEOUT, "poll interval too short for the number of agents")
        body = await self._profile(user, known.home_group, time_limit)
        document = decode_json(body, msgspec.Raw, AGENTS.name, notes)
        fields = decode_json(bytes(document), dict[str, msgspec.Raw], AGENTS.name, notes)
        rows = fields.get(CALL_CENTERS.name)
        if rows is None and STATE_FIELD not in fields:
            raise PollError(Reason.INVALID, f"{AGENTS.name}: neither {STATE_FIELD} nor {CALL_CENTERS.name} in response")
        agent = self._agents.decode_one(document, notes, id=known.id, name=known.name, group=known.group)
        call_centers = () if rows is None or bytes(rows) in _EMPTY else self._call_centers.decode(rows, notes)
        return Profile(without_outdated_reason(agent), call_centers)

    async def _profile(self, user: str, home_group: str, time_limit: float) -> bytes:
        """Return the response with a user's profile, requested in the configured group or else in the user's own.

        Supervisors may supervise agents of other groups, whose profiles the configured group does not contain.

        Raises:
            PollError: The response is unusable.
        """
        json = _ENRICH if self._target.call_center_names else None
        elsewhere = home_group not in {"", self._target.group}
        if not elsewhere or user not in self._in_other_groups:
            try:
                return await self._api.get(Endpoint(user), time_limit, json=json)
            except RefusedError as error:
                if not elsewhere or error.status != HTTPStatus.NOT_FOUND:
                    raise
        body = await self._api.get(Endpoint(user, group=home_group), time_limit, json=json)
        self._in_other_groups.add(user)
        return body

    def _left(self, deadline: float) -> float:
        return deadline - self._clock.monotonic()
