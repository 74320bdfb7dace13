"""Leader election: one leader after every kind of failure, promptly. The model-based tests try their combinations."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.replicas import DURATION, LEASE, World, world, write_kubernetes_config
from tests.support.virtual_time import in_virtual_time

DAY = 86_400.0
MARK = ("voice", "exporter-first")
RETRY = 0.2 * DURATION


@pytest.fixture(autouse=True)
def _access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(write_kubernetes_config(tmp_path)))


def holder(there: World) -> str:
    return str(there.store.get(LEASE)["spec"]["holderIdentity"])


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the stored Lease sets no event
        await asyncio.sleep(0.1)


@in_virtual_time
async def test_the_first_replica_leads_and_keeps_leading() -> None:
    async with world("a", "b", "c") as there:
        await asyncio.sleep(600)
        assert there.led == ["a"]
        assert holder(there) == there.replicas[1].election.holder == "a"


@in_virtual_time
async def test_the_first_leader_of_an_installation_starts_at_once() -> None:
    there = World()
    for name in ("a", "b", "c"):
        there.add(name).network.latency = 0.3
    assert await there.seconds_until_led() <= 2
    await there.close()


@in_virtual_time
async def test_the_first_leader_starts_at_once_if_the_leases_exist_and_were_never_held() -> None:
    there = World()
    for key in (LEASE, MARK):  # as a chart would create them
        there.store.create(key, {"metadata": {"name": key[1], "labels": {"app": "exporter"}}})
    there.add("a")
    assert await there.seconds_until_led() <= 2
    assert there.store.get(MARK)["metadata"]["labels"] == {"app": "exporter"}
    await there.close()


@in_virtual_time
async def test_a_standby_takes_over_from_a_dead_leader_within_the_lease() -> None:
    for moment in (0.0, 1.0, 2.9):
        async with world("a", "b") as there:
            await asyncio.sleep(60 + moment)
            await there.replicas[0].die()
            assert await there.seconds_until_led("b") <= DURATION


@in_virtual_time
async def test_a_stopping_leader_releases_the_lock() -> None:
    async with world("a", "b") as there:
        await there.replicas[0].stop()
        assert holder(there) == ""
        assert not there.replicas[0].election.excludes_others
        assert await there.seconds_until_led("b") <= RETRY + 0.1
        assert there.store.get(LEASE)["spec"]["leaseTransitions"] == 1


@pytest.mark.parametrize("failure", ["cut", "hanging", "loses_responses"])
@in_virtual_time
async def test_a_leader_that_cannot_renew_stops_before_another_starts(failure: str) -> None:
    async with world("a", "b") as there:
        first = there.replicas[0]
        setattr(first.network, failure, True)
        await asyncio.sleep(0.6 * DURATION)
        assert there.leaders() == []
        if failure != "loses_responses":  # then the lock is still renewed by a
            await there.seconds_until_led("b")
        first.network.heal()
        await asyncio.sleep(60)
        assert there.leaders() == there.pollers() == (["a"] if failure == "loses_responses" else ["b"])


@pytest.mark.parametrize("suspend", [False, True], ids=["process", "machine"])
@in_virtual_time
async def test_a_leader_that_was_suspended_beyond_its_lease_sends_nothing_when_it_wakes(suspend: bool) -> None:  # noqa: FBT001
    async with world("a", "b") as there:
        first, second = there.replicas
        for moment in (0.0, 0.2, 1.0, 2.3, 2.9):  # in a sign-in, in a poll, in a renewal and between them
            await asyncio.sleep(60 + moment)
            leader, other = (first, second) if first.election.leading else (second, first)
            leader.process.freeze(suspend=suspend)
            await there.seconds_until_led(other.name)
            await asyncio.sleep(10)
            sent = leader.requests
            leader.process.thaw()
            await asyncio.sleep(0)
            assert not leader.election.leading
            await asyncio.sleep(DURATION)
            assert leader.requests == sent
        assert len(there.led) == 6


@in_virtual_time
async def test_a_leader_that_was_held_up_beyond_its_lease_stops_before_it_leads_again() -> None:
    async with world("a") as there:  # no other replica takes over
        there.replicas[0].process.freeze(suspend=False)
        await asyncio.sleep(DURATION)
        there.replicas[0].process.thaw()
        assert not there.leaders()
        await asyncio.sleep(RETRY + 1)
        assert there.led == ["a", "a"]


@in_virtual_time
async def test_a_leader_that_takes_longer_than_its_lease_to_start_keeps_leading() -> None:
    there = World()
    for name in ("a", "b"):
        there.add(name).start_seconds = 3 * DURATION
    await asyncio.sleep(10 * DURATION)
    assert (there.led, there.leaders(), there.pollers()) == (["a"], ["a"], ["a"])
    await there.close()


@in_virtual_time
async def test_a_leader_that_loses_its_lease_while_it_starts_stops() -> None:
    there = World()
    first = there.add("a")
    first.start_seconds = 3 * DURATION
    await asyncio.sleep(1)
    there.add("b")
    await asyncio.sleep(DURATION)
    first.network.cut = True
    assert await there.seconds_until_led("b") <= DURATION
    first.network.heal()
    await asyncio.sleep(5 * DURATION)
    assert (there.leaders(), there.pollers(), first.requests, there.violations) == (["b"], ["b"], 0, [])
    await there.close()


@in_virtual_time
async def test_a_replica_that_ends_while_it_starts_to_lead_releases_the_lock() -> None:
    there = World()
    first = there.add("a")
    first.start_seconds = DURATION
    await asyncio.sleep(5)
    await first.stop()
    assert holder(there) == ""
    assert there.pollers() == []
    await there.close()


@pytest.mark.parametrize("round_trip", [1.6, 3.0, 4.0, 4.4])
@in_virtual_time
async def test_a_leader_keeps_leading_with_a_slow_api(round_trip: float) -> None:
    async with world("a", "b") as there:
        for replica in there.replicas:
            replica.network.latency = replica.network.response_latency = round_trip / 2
        await asyncio.sleep(600)
        assert there.led == ["a"]


@in_virtual_time
async def test_the_first_leader_with_a_slow_api_does_not_stop_again() -> None:
    there = World()
    for name in ("a", "b"):
        there.add(name).network.latency = 4.0
    await there.seconds_until_led(at_most=2 * DURATION)
    await asyncio.sleep(60)
    assert len(there.led) == 1
    await there.close()


@in_virtual_time
async def test_a_renewal_is_one_request_each_fifth_of_the_lease() -> None:
    async with world("a") as there:
        requests = there.replicas[0].network.requests
        requests.clear()
        await asyncio.sleep(60.5)
        assert len(requests) == 60 / RETRY
        assert {method for method, _ in requests} == {"PUT"}


@in_virtual_time
async def test_one_lost_request_does_not_end_the_lead() -> None:
    async with world("a", "b") as there:
        for _ in range(20):
            there.replicas[0].network.hanging = True
            await asyncio.sleep(3.3)
            there.replicas[0].network.hanging = False
            await asyncio.sleep(7)
        assert there.led == ["a"]


@in_virtual_time
async def test_a_renewal_counts_from_the_request_not_the_late_response() -> None:
    async with world("a") as there:
        await asyncio.sleep(1.0)
        there.add("b")
        await asyncio.sleep(60)
        first = there.replicas[0]
        first.network.response_latency = 4.2
        renewed = there.store.get(LEASE)["spec"]["renewTime"]
        await until(lambda: there.store.get(LEASE)["spec"]["renewTime"] != renewed)
        first.network.hanging = True  # the next request; the response to this one is under way
        await asyncio.sleep(0.6 * DURATION - 0.2)
        assert first.election.leading
        await asyncio.sleep(0.2)
        assert not first.election.leading
        await there.seconds_until_led("b")


@pytest.mark.parametrize("status", [401, 403, 409, 500, 503])
@in_virtual_time
async def test_no_replica_polls_while_the_api_fails_and_one_does_afterwards(status: int) -> None:
    async with world("a", "b") as there:
        for replica in there.replicas:
            replica.network.status = status
        await asyncio.sleep(DURATION)
        assert there.pollers() == []
        for replica in there.replicas:
            replica.network.heal()
        await there.seconds_until_led(at_most=RETRY + 0.1)


@in_virtual_time
async def test_deleting_the_lock_does_not_interrupt_a_leader_that_can_create_it_again() -> None:
    async with world("a", "b", "c") as there:
        for moment in (0.1, 1.1, 2.1):
            await asyncio.sleep(60 + moment)
            there.store.delete(LEASE)
        await asyncio.sleep(60)
        assert there.led == ["a"]
        assert holder(there) == "a"


@in_virtual_time
async def test_deleting_the_lock_of_a_leader_that_is_cut_off_does_not_create_a_second_one() -> None:
    async with world("a", "b") as there:
        there.replicas[0].network.cut = True
        there.store.delete(LEASE)
        fresh = there.add("c")  # it has never seen a holder
        await there.replicas[1].die()
        await there.seconds_until_led("c")
        assert fresh.requests
        there.replicas[0].network.heal()
        await asyncio.sleep(60)
        assert there.leaders() == ["c"]


@in_virtual_time
async def test_a_replica_that_stops_while_it_waits_after_a_deletion_does_not_shorten_the_wait() -> None:
    async with world("a", "b") as there:
        first, second = there.replicas
        await asyncio.sleep(1)
        third = there.add("c")  # its attempts follow those of b by a second
        await asyncio.sleep(1.5)
        first.network.cut = True
        there.store.delete(LEASE)
        await until(lambda: second.election.holder == "b")
        await second.stop()
        await until(lambda: third.election.leading)
        assert third.clock.monotonic() > 2.5 + 0.8 * DURATION


@in_virtual_time
async def test_a_request_that_expected_a_deleted_lock_does_not_create_it() -> None:
    async with world("a", "b") as there:
        first, second = there.replicas
        await asyncio.sleep(1)  # b has read the lock and waits
        second.process.freeze(suspend=False)
        await asyncio.sleep(20)
        first.network.cut = True
        there.store.delete(LEASE)
        second.process.thaw()
        await asyncio.sleep(2)
        assert second.requests == 0


@in_virtual_time
async def test_setting_the_clock_has_no_effect() -> None:
    async with world("a", "b") as there:
        for jump in (DAY, -2 * DAY):
            there.replicas[0].clock.skew += jump
            await asyncio.sleep(60)
        assert there.led == ["a"]


@in_virtual_time
async def test_a_renewal_keeps_labels_and_annotations_set_by_others() -> None:
    async with world("a", "b") as there:
        edited = there.store.get(LEASE)
        edited["metadata"] |= {"labels": {"team": "voice"}, "annotations": {"note": "do not delete"}}
        there.store.update(LEASE, edited)
        await asyncio.sleep(60)
        await there.replicas[0].die()
        await there.seconds_until_led("b")
        metadata = there.store.get(LEASE)["metadata"]
        assert (metadata["labels"], metadata["annotations"]) == ({"team": "voice"}, {"note": "do not delete"})


@in_virtual_time
async def test_an_error_of_the_candidate_ends_the_election() -> None:
    async with world("a") as there:
        broken = there.add("b")
        broken.error = RuntimeError("no certificate")

        await there.replicas[0].stop()
        await asyncio.sleep(DURATION)
        with pytest.raises(RuntimeError, match="no certificate"):
            await broken.running
        there.replicas.remove(broken)
