"""Client of one target at APIO: a poll lists the agents and requests the profile of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Agent, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.apio.api import ApioApi, Endpoint, RefusedError
from exporter.vendors.apio.queues import Profile, count_queues
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.apio.staff import Staff, StaffFinder
from exporter.vendors.apio.tables import AGENTS, CALL_CENTERS, STATE_FIELD, without_outdated_reason
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.item_rounds import ItemRounds
from exporter.vendors.toolkit.json_document import Notes, decode_json

_ENRICH = {"enrichCcInfo": True}
_EMPTY = (b"null", b'""')
# An agent whose profile cannot be requested still counts, because a smaller count would look complete.
_UNKNOWN = Profile(Agent(id="", state="unknown"), None)


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
        self._gone: set[str] = set()
        self._in_other_groups: set[str] = set()
        self._joined: Mapping[str, Collection[str]] = {}
        self._cadence = Cadence(target.poll, paced=True)
        self._profiles: ItemRounds[str, Profile] = ItemRounds(
            AGENTS.name, self._cadence, clock, self._api.pause, at_once=target.concurrency
        )

    @property
    def resources(self) -> Sequence[Resource]:
        """The agents, from which the queues are counted."""
        return (Resource.in_rounds("agents", self.agents, self._cadence, remaining_pause=self._api.pause.remaining),)

    async def agents(self) -> Snapshot:
        """Request every agent, spread over the interval. Raises PollError.

        The first poll is not spread, only bounded by the concurrency: the exporter becomes ready, and `check` ends,
        as soon as it is complete.
        """
        began = self._clock.monotonic()
        notes: Notes = []
        await self._api.begin_poll()
        self._staff = staff = await self._finder.find(self._staff, notes)
        try:
            request = partial(self._request, staff=staff, notes=notes)
            responses = await self._profiles.poll(tuple(staff.agents), request, began=began)
        finally:
            self._refresh_staff_if_gone(self._profiles.errors)
        self._api.require_signed_in()
        profiles = [
            _identified(responses.known.get(user, _UNKNOWN), agent)
            for user, agent in staff.agents.items()
            if user not in responses.pending
        ]
        return Snapshot(
            queues=count_queues(profiles, staff, missing=self._without_call_centers(responses.known, staff)),
            agents=tuple(each.agent for each in profiles),
            agents_complete=not responses.pending and not staff.unlisted,
            unmapped=tuple(notes),
            poll_items=responses.items,
        )

    async def close(self) -> None:
        """Do nothing: there is no session, and tokens expire by themselves."""

    def _without_call_centers(self, profiles: Mapping[str, Profile], staff: Staff) -> Mapping[str, Collection[str]]:
        """Return the agents whose call centres are unknown, with those that each had joined when they were known."""
        known = {user: profile.joined for user, profile in profiles.items() if profile.call_centers is not None}
        before = {user: joined for user, joined in self._joined.items() if user in staff.agents}
        self._joined = before | known
        return {user: self._joined.get(user, ()) for user in staff.agents if user not in known}

    def _refresh_staff_if_gone(self, failed: Mapping[str, PollError]) -> None:
        """List the agents again at the next poll if one does not exist any more."""
        gone = {user for user, error in failed.items() if _is_gone(error)}
        if self._staff is not None and gone - self._gone:
            self._staff = replace(self._staff, found_at=float("-inf"))
        self._gone = gone

    async def _request(self, user: str, staff: Staff, notes: Notes) -> Profile:
        """Request one agent's profile.

        Raises:
            PollError: The response is unusable.
        """
        body = await self._profile(user, staff.agents[user].home_group)
        document = decode_json(body, msgspec.Raw, AGENTS.name, notes)
        fields = decode_json(bytes(document), dict[str, msgspec.Raw], AGENTS.name, notes)
        rows = fields.get(CALL_CENTERS.name)
        if rows is None and STATE_FIELD not in fields:
            raise PollError(Reason.INVALID, f"{AGENTS.name}: neither {STATE_FIELD} nor {CALL_CENTERS.name} in response")
        agent = self._agents.decode_one(document, notes, id=user)
        agent = without_outdated_reason(agent)
        if rows is None:
            return Profile(agent, None)
        return Profile(agent, () if bytes(rows) in _EMPTY else self._call_centers.decode(rows, notes))

    async def _profile(self, user: str, home_group: str) -> bytes:
        """Return the response with a user's profile, requested in the configured group or else in the user's own.

        Supervisors may supervise agents of other groups, whose profiles the configured group does not contain.

        Raises:
            PollError: The response is unusable.
        """
        json = _ENRICH if self._target.call_center_names else None
        elsewhere = home_group not in {"", self._target.group}
        if not elsewhere or user not in self._in_other_groups:
            try:
                return await self._api.get(Endpoint(user), json=json)
            except RefusedError as error:
                if not elsewhere or not _is_gone(error):
                    raise
        body = await self._api.get(Endpoint(user, group=home_group), json=json)
        self._in_other_groups.add(user)
        return body


def _is_gone(error: PollError) -> bool:
    return isinstance(error, RefusedError) and error.status == HTTPStatus.NOT_FOUND


def _identified(profile: Profile, known: Agent) -> Profile:
    """Return a profile with the identity from the list of agents; a profile contains no identity."""
    agent = msgspec.structs.replace(profile.agent, id=known.id, name=known.name, group=known.group)
    return Profile(agent, profile.call_centers)
