"""Refused credentials at Axialys, where every request carries them and every refusal counts towards a lockout."""

import pytest

from exporter.errors import PollError, Reason
from exporter.model import Snapshot
from exporter.settings import Poll
from exporter.vendors.axialys.cache import Cache
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.item_rounds import ItemRounds, Responses
from tests.support.clock import ManualClock

REFUSED = PollError(Reason.AUTH, "GET /vm/groups returned 401 Unauthorized", sign_in=True)
EMPTY = Snapshot()


async def round_of(*refused: int) -> tuple[list[int], Responses[int, int]]:
    """Request twenty items, refuse some, and return the requested ones and the responses."""
    requested: list[int] = []

    async def request(item: int) -> int:
        requested.append(item)
        if item in refused:
            raise REFUSED
        return item

    rounds: ItemRounds[int, int] = ItemRounds("group_stats", Cadence(Poll(), paced=True), ManualClock())
    return requested, await rounds.poll(range(20), request)


async def test_credentials_refused_in_the_middle_of_a_round_end_it() -> None:
    requested, responses = await round_of(*range(5, 20))
    assert (len(requested), len(responses.known)) == (8, 5)


async def test_single_items_that_are_refused_cost_themselves() -> None:
    requested, responses = await round_of(3, 4, 9, 15)
    assert (len(requested), responses.items.answered, responses.items.failed) == (20, 16, 4)


async def test_a_refused_request_is_not_repeated_for_another_resource() -> None:
    requests = 0
    refused = True

    async def fetch() -> Snapshot:
        nonlocal requests
        requests += 1
        if refused:
            raise REFUSED
        return EMPTY

    cache = Cache(fetch)
    with pytest.raises(PollError):
        await cache.refresh()
    for _ in range(3):
        assert await cache.get_or(EMPTY, 10) is EMPTY
    assert requests == 1
    refused = False
    await cache.refresh()
    await cache.get_or(EMPTY, 10)
    assert requests == 2
