"""Model-based tests of the election: three replicas, and every combination of failures that Hypothesis thinks of.

Two properties hold in all of them: once a leader has sent a request to the vendor, no earlier leader sends another, and
at most one replica answers a scrape with figures; once the API answers again, a replica leads within the lease and a
retry.
"""

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.support.replicas import DURATION, LEASE, Replica, World, write_kubernetes_config
from tests.support.virtual_time import VirtualLoop

LONG = os.environ.get("FUZZ") == "long"
SHARE = float(os.environ.get("FUZZ_SHARE", "1"))
RETRY = 0.2 * DURATION
# A request that is under way when the API answers again, and the one after it.
REQUESTS = 1.0

numbers = st.integers(0, 2)
seconds = st.floats(0, 20, allow_nan=False).map(lambda value: round(value, 2))
tried: Counter[str] = Counter()


class Replicas(RuleBasedStateMachine):
    """Three replicas, each replaced if it ends."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = VirtualLoop()
        self._world: World = self._run(self._start())
        self._names = 0
        tried["runs"] += 1

    async def _start(self) -> World:
        world = World()
        for name, (skew, rate) in zip("abc", ((0.0, 1.0), (86_400.0, 0.97), (-86_400.0, 1.03)), strict=True):
            world.add(name, skew, rate)
        return world

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - the result of any work
        return self._loop.run_until_complete(work)

    def _pass(self, period: float) -> None:
        self._run(asyncio.sleep(period))

    def _replica(self, number: int) -> Replica:
        return self._world.replicas[number]

    @rule(period=seconds)
    def time_passes(self, period: float) -> None:
        self._pass(period)

    @rule(number=numbers, suspend=st.booleans(), period=seconds)
    def a_process_or_machine_freezes(self, number: int, suspend: bool, period: float) -> None:  # noqa: FBT001
        if not self._replica(number).process.frozen:
            self._replica(number).process.freeze(suspend=suspend)
            self._pass(period)

    @rule(number=numbers, period=seconds)
    def it_continues(self, number: int, period: float) -> None:
        self._replica(number).process.thaw()
        self._pass(period)

    @rule(number=numbers, failure=st.sampled_from(["cut", "hanging", "loses_responses"]), period=seconds)
    def the_network_of_a_replica_fails(self, number: int, failure: str, period: float) -> None:
        setattr(self._replica(number).network, failure, True)
        self._pass(period)

    @rule(number=numbers, to=st.floats(0, 8), back=st.floats(0, 8), period=seconds)
    def the_network_of_a_replica_is_slow(self, number: int, to: float, back: float, period: float) -> None:
        network = self._replica(number).network
        network.latency, network.response_latency = to, back
        self._pass(period)

    @rule(number=numbers, status=st.sampled_from([401, 403, 404, 409, 422, 429, 500, 503]), period=seconds)
    def the_api_fails(self, number: int, status: int, period: float) -> None:
        self._replica(number).network.status = status
        self._pass(period)

    @rule(number=numbers, period=seconds)
    def the_network_of_a_replica_recovers(self, number: int, period: float) -> None:
        self._replica(number).network.heal()
        self._pass(period)

    @rule(period=seconds)
    def an_operator_deletes_the_lease(self, period: float) -> None:
        self._world.store.delete(LEASE)
        self._pass(period)

    @precondition(lambda self: LEASE in self._world.store.leases)
    @rule(note=st.text("abc", min_size=1), period=seconds)
    def an_operator_annotates_the_lease(self, note: str, period: float) -> None:
        lease = self._world.store.get(LEASE)
        lease["metadata"].setdefault("annotations", {})["note"] = note
        self._world.store.update(LEASE, lease)
        self._pass(period)

    @rule(number=numbers, jump=st.floats(-100_000, 100_000))
    def a_wall_clock_is_set(self, number: int, jump: float) -> None:
        self._replica(number).clock.skew += jump

    @rule(number=numbers, period=seconds)
    def a_replica_stops(self, number: int, period: float) -> None:
        if not self._replica(number).process.frozen:
            stopped = self._replica(number)
            self._run(stopped.stop())
            self._replace(number)
            self._pass(period)

    @rule(number=numbers, period=seconds)
    def a_replica_dies(self, number: int, period: float) -> None:
        self._replica(number).process.thaw()
        self._run(self._replica(number).die())
        self._replace(number)
        self._pass(period)

    @rule()
    def all_is_well_again(self) -> None:
        self._recover()

    @invariant()
    def no_two_lead(self) -> None:
        self._world.check()
        assert self._world.violations == []

    def _replace(self, number: int) -> None:
        async def start() -> None:
            self._names += 1
            self._world.add(f"{ended.name[0]}{self._names}", ended.clock.skew, ended.clock.rate)
            self._world.replicas.insert(number, self._world.replicas.pop())

        ended = self._world.replicas.pop(number)
        self._run(start())

    def _recover(self) -> None:
        """End all failures; a replica leads in time, and only one."""
        for replica in self._world.replicas:
            replica.network.heal()
            replica.process.thaw()
        self._run(self._world.seconds_until_led(at_most=DURATION + RETRY + REQUESTS))
        self._pass(2 * DURATION)
        assert len(self._world.leaders()) == len(self._world.pollers()) == 1
        tried["recoveries"] += 1

    def teardown(self) -> None:
        """Check the recovery after the last step."""
        try:
            self._recover()
            assert self._world.violations == []
            tried["leaders"] += len(self._world.led)
            tried["seconds"] += round(self._loop.time())
        finally:
            self._run(self._world.close())
            self._run(asyncio.sleep(60))
            self._loop.close()


@pytest.fixture
def _silent() -> Iterator[None]:
    """Log nothing: a run changes leaders a hundred times."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.slow
@pytest.mark.usefixtures("_silent")
def test_never_two_leaders_and_always_one_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(write_kubernetes_config(tmp_path)))
    tried.clear()
    run_state_machine_as_test(
        Replicas,
        settings=settings(
            max_examples=round(2000 * SHARE) if LONG else 12,
            stateful_step_count=50 if LONG else 20,
            deadline=None,
            derandomize=not LONG,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(", ".join(f"{count:,} {what}" for what, count in tried.items()))  # noqa: T201 - shown by pytest -s
