"""The pause that a vendor requested belongs to the account."""

from exporter.errors import PollError, Reason
from exporter.settings import Poll
from exporter.vendors.axialys.client import AxialysClient
from exporter.vendors.toolkit.requested_pause import pause_of
from tests.support.clock import ManualClock
from tests.support.vendors.axialys import settings


class NoHttp:
    """Takes the place of a client that is not used."""


def throttled(retry_after: float | None = None) -> PollError:
    return PollError(Reason.THROTTLED, "GET /vm/groups returned 429", retry_after=retry_after)


def test_the_targets_of_an_account_share_its_longest_pause() -> None:
    clock = ManualClock()
    first, second, other = (pause_of(name, clock, 15.0) for name in ("account", "account", "other"))
    first.record(throttled(60))
    second.record(throttled())
    assert (first.remaining(), second.remaining(), other.remaining()) == (60, 60, 0)


def test_a_pause_of_axialys_delays_every_resource_and_outlives_a_reload() -> None:
    clock = ManualClock()
    target = settings(poll=Poll().model_dump(), agents={"detail": "id"})
    pause_of(("axialys", target.url, target.username), clock, 15.0).record(throttled(60))
    resources = AxialysClient(target, NoHttp(), clock).resources  # type: ignore[arg-type]
    assert {resource.name: resource.remaining_pause() for resource in resources} == dict.fromkeys(
        ("groups", "operators", "group_stats", "operator_details"), 60
    )
