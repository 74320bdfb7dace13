"""Who the agents are: supervisors are asked about call centres, now and then."""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Agent
from exporter.runtime.clock import Clock
from exporter.vendors.apio.api import Api, Place, RefusedError
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.apio.tables import SUPERVISED_AGENTS
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.pacing import Pace, visit_each

# Who works where changes by the day and costs a request a supervisor and call centre; what agents do changes by the
# second. Five minutes show a new agent soon, and add next to nothing to the requests.
KEPT_SECONDS = 300.0
# How a server may say that somebody does not supervise a call centre; the page does not tell.
_NOT_SUPERVISED = frozenset({400, 404})
# What would befall the next request alike.
_OF_ALL = frozenset({Reason.CONNECTION, Reason.TLS})
_MOST_AGENTS = 10_000
# Looking for the agents may take this share of the interval; the rest is for asking them.
_PATIENCE_SHARE = 0.5
_LONG_AGO = float("-inf")

# A supervisor and a call centre.
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Staff:
    """The agents of a target.

    Attributes:
        agents: By user id, as far as they are known without asking for each.
        empty: Ids of call centres that the vendor knows and names no agents of.
        found_at: When they were found, in seconds of the monotonic clock.
        found: Who is supervised, by supervisor and call centre.
    """

    agents: Mapping[str, Agent]
    empty: tuple[str, ...]
    found_at: float
    found: Mapping[_Pair, tuple[Agent, ...]]


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
        self._pairs = tuple(itertools.product(dict.fromkeys(target.supervisors), target.call_centers))
        self._patience = _PATIENCE_SHARE * target.poll.interval

    async def find(self, before: Staff | None, notes: Notes) -> Staff:
        """Return the agents: those found before while that is fresh, or what can be found out anew.

        A supervisor and call centre that cannot be asked about costs only the agents named there and nowhere else, and
        not even those where they are known from before; it is asked about again at the next poll.

        Raises:
            PollError: None can be asked about and the agents are not known from before, or there are too many.
        """
        if before is not None and self._clock.monotonic() - before.found_at < KEPT_SECONDS:
            return before
        now = self._clock.monotonic()
        found: dict[_Pair, tuple[Agent, ...]] = {}
        failures: dict[_Pair, PollError] = {}

        async def visit(pair: _Pair) -> bool:
            try:
                found[pair] = await self._supervised(pair, now + self._patience, notes)
            except PollError as error:
                failures[pair] = error
                return error.reason not in _OF_ALL
            return True

        await visit_each(self._pairs, visit, Pace(until=now, at_once=self._target.concurrency), self._clock)
        passing = [pair for pair in self._pairs if pair not in found and not _for_good(failures.get(pair))]
        if before is not None:
            found |= {pair: before.found[pair] for pair in passing if pair in before.found}
        self._require_some(found, failures)
        notes.extend((SUPERVISED_AGENTS.name, str(error)) for error in failures.values())
        return self._staff({pair: found[pair] for pair in self._pairs if pair in found}, _LONG_AGO if passing else now)

    def _require_some(self, found: Mapping[_Pair, object], failures: Mapping[_Pair, PollError]) -> None:
        """Say why nobody can be found, where that is so.

        Raises:
            PollError: Every supervisor and call centre failed; users listed besides are not the contact centre, unless
                the supervisors just supervise nothing.
        """
        if found or not failures:
            return
        failure = next((error for error in failures.values() if not _not_supervised(error)), None)
        if failure is not None or not self._target.users:
            raise failure or next(iter(failures.values()))

    def _staff(self, found: Mapping[_Pair, tuple[Agent, ...]], now: float) -> Staff:
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
        return Staff(agents, tuple(call_center for call_center, size in sizes.items() if not size), now, found)

    async def _supervised(self, pair: _Pair, deadline: float, notes: Notes) -> tuple[Agent, ...]:
        supervisor, call_center = pair
        place = Place(supervisor, (call_center, SUPERVISED_AGENTS.name))
        patience = min(self._target.poll.timeout, deadline - self._clock.monotonic())
        if patience <= 0:
            raise PollError(Reason.TIMEOUT, f"{place.shown}: no time left for it")
        body = await self._api.get(place, patience)
        answer = decode_json(body, _Supervised, SUPERVISED_AGENTS.name, notes)
        return self._decoder.decode(answer.supervised_agents, notes)


def _not_supervised(error: PollError) -> bool:
    return isinstance(error, RefusedError) and error.status in _NOT_SUPERVISED


def _for_good(error: PollError | None) -> bool:
    """Return whether it would be the same at the next poll."""
    return isinstance(error, RefusedError) and error.status in _NOT_SUPERVISED | {HTTPStatus.FORBIDDEN}
