"""Who the agents are: supervisors are asked about call centres, now and then."""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from exporter.clock import Clock
from exporter.errors import PollError, Reason
from exporter.model import Agent
from exporter.vendors.apio.api import Api, Place, RefusedError, SignInError
from exporter.vendors.apio.pacing import Pace, visit_each
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.apio.tables import SUPERVISED_AGENTS
from exporter.vendors.document import Notes, decode_json
from exporter.vendors.rows import Decoder

# Who works where changes by the day and costs a request a supervisor and call centre; what agents do changes by the
# second. Five minutes show a new agent soon, and add next to nothing to the requests.
KEPT_SECONDS = 300.0
# How a server may say that somebody does not supervise a call centre; the page does not tell.
_NOT_SUPERVISED = frozenset({400, 404})
_MOST_AGENTS = 10_000


@dataclass(frozen=True, slots=True)
class Staff:
    """The agents of a target.

    Attributes:
        agents: By user id, as far as they are known without asking for each.
        empty: Ids of call centres that the vendor knows and names no agents of.
        found_at: When they were found, in seconds of the monotonic clock.
    """

    agents: Mapping[str, Agent]
    empty: tuple[str, ...]
    found_at: float


class _Supervised(msgspec.Struct):
    supervised_agents: msgspec.Raw


class StaffFinder:
    """Finds the agents of one target."""

    def __init__(self, target: ApioSettings, api: Api, clock: Clock) -> None:
        """Prepare the search; nothing is sent yet."""
        self._target = target
        self._api = api
        self._clock = clock
        self._decoder = Decoder(SUPERVISED_AGENTS)

    async def find(self, before: Staff | None, notes: Notes) -> Staff:
        """Return the agents: those found before while that is fresh, or where they cannot be asked for anew.

        Raises:
            PollError: They cannot be found and are not known from before, or there are too many.
        """
        if before is not None and self._clock.monotonic() - before.found_at < KEPT_SECONDS:
            return before
        try:
            return await self._ask(notes)
        except PollError as error:
            nobodys = isinstance(error, SignInError) or error.reason is Reason.THROTTLED
            if before is None or nobodys:
                raise
            notes.append((SUPERVISED_AGENTS.name, str(error)))
            return before

    async def _ask(self, notes: Notes) -> Staff:
        pairs = tuple(itertools.product(dict.fromkeys(self._target.supervisors), self._target.call_centers))
        found: dict[tuple[str, str], tuple[Agent, ...]] = {}
        refusals: list[RefusedError] = []
        failures: list[PollError] = []

        async def visit(pair: tuple[str, str]) -> bool:
            try:
                found[pair] = await self._supervised(*pair, notes)
            except RefusedError as error:
                (refusals if error.status in _NOT_SUPERVISED else failures).append(error)
            except PollError as error:
                failures.append(error)
            return not failures

        now = self._clock.monotonic()
        await visit_each(pairs, visit, Pace(until=now, at_once=self._target.concurrency), self._clock)
        if failures:
            raise failures[0]
        if refusals and not found and not self._target.users:
            raise refusals[0]
        notes.extend((SUPERVISED_AGENTS.name, str(error)) for error in refusals)
        return self._staff({pair: found[pair] for pair in pairs if pair in found}, now)

    def _staff(self, found: Mapping[tuple[str, str], tuple[Agent, ...]], now: float) -> Staff:
        agents: dict[str, Agent] = {}
        sizes: Counter[str] = Counter()
        for (_, call_center), named in found.items():
            sizes[call_center] += len(named)
            for agent in named:
                agents.setdefault(agent.id, agent)
        for user in self._target.users:
            agents.setdefault(user, Agent(id=user))
        if len(agents) > _MOST_AGENTS:
            raise PollError(Reason.LIMIT, f"{len(agents)} agents are more than the limit of {_MOST_AGENTS}")
        return Staff(agents, tuple(call_center for call_center, size in sizes.items() if not size), now)

    async def _supervised(self, supervisor: str, call_center: str, notes: Notes) -> tuple[Agent, ...]:
        place = Place(supervisor, (call_center, SUPERVISED_AGENTS.name))
        body = await self._api.get(place, self._target.poll.timeout)
        answer = decode_json(body, _Supervised, SUPERVISED_AGENTS.name, notes)
        return self._decoder.decode(answer.supervised_agents, notes)
