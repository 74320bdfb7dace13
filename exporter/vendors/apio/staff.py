"""Agent list of a target, refreshed every few minutes from the supervisors and call centres."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import Failure
from exporter.runtime.clock import Clock
from exporter.vendors.apio.api import ApioApi, Endpoint, RefusedError
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.apio.tables import SUPERVISED_AGENTS, SupervisedAgent, accepted_names
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.pacing import Pace, visit_each

# Membership changes by the day and takes one request per supervisor and call centre; agent states change by the second.
# After five minutes a new agent appears soon enough, and the requests add little load.
_REFRESH_SECONDS = 300.0
# Statuses a server may return for a user who does not supervise a call centre; the page does not name one.
_NOT_SUPERVISED = frozenset({400, 404})
# Errors that would affect the following requests too.
_AFFECTS_ALL = frozenset({Reason.CONNECTION, Reason.TLS})
_MAX_AGENTS = 10_000
# Listing the agents may take this share of the interval; the rest is for their profiles.
_SHARE_OF_INTERVAL = 0.5
_EXPIRED = float("-inf")
# A list without agents, like [].
_NULL = msgspec.Raw(b"null")

# A supervisor and a call centre.
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Staff:
    """The agents of a target.

    Attributes:
        agents: Agents by user id, without their states.
        empty: Ids of call centres that exist and have no agents.
        found_at: Time of the last refresh, in seconds of the monotonic clock.
        found: Supervised agents by supervisor and call centre.
        unlisted: Ids of call centres whose agents could not be listed completely.
    """

    agents: Mapping[str, SupervisedAgent]
    empty: tuple[str, ...]
    found_at: float
    found: Mapping[_Pair, tuple[SupervisedAgent, ...]]
    unlisted: frozenset[str] = frozenset()


class _Supervised(msgspec.Struct):
    supervised_agents: msgspec.Raw


class StaffFinder:
    """Lists the agents of one target."""

    def __init__(self, target: ApioSettings, api: ApioApi, clock: Clock) -> None:
        """Prepare the requests; nothing is sent yet."""
        self._target = target
        self._api = api
        self._clock = clock
        self._decoder = Decoder(SUPERVISED_AGENTS)
        self._pairs = tuple(itertools.product(dict.fromkeys(target.supervisors), target.call_centers))
        self._budget = _SHARE_OF_INTERVAL * target.poll.interval

    async def find(self, before: Staff | None, notes: Notes) -> Staff:
        """Return the agents, refreshed if the known list is out of date.

        If the request for a supervisor and call centre fails temporarily, its agents of the previous list are kept and
        the request is repeated at the next poll. Without a previous list, the call centre is `unlisted`.

        Args:
            before: The previous list, None if there is none.
            notes: Receives unmapped values and failed requests.

        Raises:
            PollError: All requests failed and there is no previous list, or there are too many agents.
        """
        if before is not None and self._clock.monotonic() - before.found_at < _REFRESH_SECONDS:
            return before
        now = self._clock.monotonic()
        found: dict[_Pair, tuple[SupervisedAgent, ...]] = {}
        failures: dict[_Pair, PollError] = {}

        async def visit(pair: _Pair) -> bool:
            try:
                found[pair] = await self._supervised(pair, now + self._budget, notes)
            except PollError as error:
                failures[pair] = error
                return error.reason not in _AFFECTS_ALL
            return True

        await visit_each(self._pairs, visit, Pace(until=now, at_once=self._target.concurrency), self._clock)
        transient = [pair for pair in self._pairs if pair not in found and not _is_permanent(failures.get(pair))]
        if before is not None:
            found |= {pair: before.found[pair] for pair in transient if pair in before.found}
        self._require_some(found, failures)
        notes.extend((SUPERVISED_AGENTS.name, Failure(message)) for message in self._messages(found, failures))
        listed = {pair: found[pair] for pair in self._pairs if pair in found}
        staff = self._staff(listed, _EXPIRED if transient else now)
        return replace(staff, unlisted=frozenset(call_center for _, call_center in set(transient) - found.keys()))

    def _require_some(self, found: Mapping[_Pair, object], failures: Mapping[_Pair, PollError]) -> None:
        """Require at least one list of agents.

        Raises:
            PollError: Every request failed. Configured `users` alone do not represent the contact centre, unless the
                supervisors merely supervise none of the call centres.
        """
        if found or not failures:
            return
        failure = next((error for error in failures.values() if not _not_supervised(error)), None)
        if failure is not None or not self._target.users:
            raise failure or next(iter(failures.values()))

    def _messages(self, found: Mapping[_Pair, object], failures: Mapping[_Pair, PollError]) -> Iterator[str]:
        """Yield a message for each failure.

        A supervisor need not supervise every call centre. If none supervises a call centre, or a supervisor supervises
        none, the configuration is wrong.
        """
        refused = {pair for pair, error in failures.items() if _not_supervised(error)} - found.keys()
        for call_center in dict.fromkeys(self._target.call_centers):
            pairs = {pair for pair in self._pairs if pair[1] == call_center}
            if pairs <= refused:
                error = failures[next(pair for pair in self._pairs if pair in pairs)]
                yield f"call centre {call_center!r} does not exist, or no configured supervisor supervises it: {error}"
                refused -= pairs
        for index, supervisor in enumerate(self._target.supervisors):
            pairs = {pair for pair in self._pairs if pair[0] == supervisor and pair in refused}
            if pairs and not any(pair[0] == supervisor for pair in found):
                yield f"supervisors[{index}] does not exist, or supervises no configured call centre"
        yield from (str(error) for error in failures.values() if not _not_supervised(error))

    def _staff(self, found: Mapping[_Pair, tuple[SupervisedAgent, ...]], now: float) -> Staff:
        agents: dict[str, SupervisedAgent] = {}
        sizes: Counter[str] = Counter()
        for (_, call_center), supervised in found.items():
            sizes[call_center] += len(supervised)
            for agent in supervised:
                agents.setdefault(agent.id, agent)
        ids = {user.casefold() for user in agents}
        names = {name for user in agents for name in accepted_names(user)}
        for user in self._target.users:
            # A listed agent may be configured without the domain: as a second one it would be counted twice.
            if user.casefold() not in names and accepted_names(user)[1] not in ids:
                agents[user] = SupervisedAgent(id=user)
        if len(agents) > _MAX_AGENTS:
            raise PollError(Reason.LIMIT, f"{len(agents)} agents, more than the limit of {_MAX_AGENTS}")
        return Staff(agents, tuple(call_center for call_center, size in sizes.items() if not size), now, found)

    async def _supervised(self, pair: _Pair, deadline: float, notes: Notes) -> tuple[SupervisedAgent, ...]:
        supervisor, call_center = pair
        endpoint = Endpoint(supervisor, (call_center, SUPERVISED_AGENTS.name))
        time_limit = min(self._target.poll.timeout, deadline - self._clock.monotonic())
        if time_limit <= 0:
            message = "poll interval too short for the number of supervisors and call centres"
            raise PollError(Reason.TIMEOUT, f"{endpoint.redacted}: {message}")
        body = await self._api.get(endpoint, time_limit)
        answer = decode_json(body, _Supervised, SUPERVISED_AGENTS.name, notes)
        rows = answer.supervised_agents
        return () if rows == _NULL else self._decoder.decode(rows, notes)


def _not_supervised(error: PollError) -> bool:
    return isinstance(error, RefusedError) and error.status in _NOT_SUPERVISED


def _is_permanent(error: PollError | None) -> bool:
    """Return whether the request would fail at the next poll too."""
    return isinstance(error, RefusedError) and error.status in _NOT_SUPERVISED | {HTTPStatus.FORBIDDEN}
