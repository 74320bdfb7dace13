"""How the polling goes, as exposition text."""

import pytest

from exporter.errors import PollError, Reason
from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.vendors.base import load_vendor
from tests.support.exposition import series_of

BEFORE_THE_FIRST_POLL = """\
contactcenter_target_info{target="a",vendor="kpn"} 1
contactcenter_target_figures_info{target="a",available="free",abandoned="all"} 1
contactcenter_poll_interval_seconds{target="a",resource="queues"} 15.0
contactcenter_polls_total{target="a",resource="queues"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="timeout"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="connection"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="tls"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="auth"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="throttled"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="http"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="decode"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="invalid"} 0
contactcenter_poll_failures_total{target="a",resource="queues",reason="limit"} 0
contactcenter_suppressed_decreases_total{target="a"} 0
contactcenter_session_renewals_total{target="a"} 0
contactcenter_series{target="a"} 0
contactcenter_series_dropped{target="a"} 0
"""

AFTER_A_DAY = """\
contactcenter_up{target="a",resource="queues"} 0
contactcenter_target_info{target="a",vendor="kpn"} 1
contactcenter_target_figures_info{target="a",available="free",abandoned="all"} 1
contactcenter_poll_duration_seconds{target="a",resource="queues"} 10.000123
contactcenter_poll_interval_seconds{target="a",resource="queues"} 15.0
contactcenter_last_success_timestamp_seconds{target="a",resource="queues"} 1700000000.123
contactcenter_polls_total{target="a",resource="queues"} 3
contactcenter_poll_failures_total{target="a",resource="queues",reason="timeout"} 2
contactcenter_api_requests_total{target="a",code="200"} 40
contactcenter_api_requests_total{target="a",code="429"} 1
contactcenter_unmapped_values_total{target="a",field="agents.Status"} 7
contactcenter_suppressed_decreases_total{target="a"} 5
contactcenter_session_renewals_total{target="a"} 3
contactcenter_series{target="a"} 120
contactcenter_series_dropped{target="a"} 30
"""


def target() -> TargetHealth:
    return TargetHealth("a", "kpn", [ResourceHealth("queues", 15.0)])


def without_noughts(text: str) -> str:
    """Leave the reasons out for which nothing failed."""
    return "".join(
        line for line in text.splitlines(keepends=True) if "failures" not in line or not line.endswith(" 0\n")
    )


def test_before_the_first_poll() -> None:
    assert series_of(target().entities()) == BEFORE_THE_FIRST_POLL


def test_after_a_day() -> None:
    health = target()
    (queues,) = health.resources
    queues.succeeded(1_700_000_000.1234, 0.2)
    for _ in range(2):
        queues.failed(PollError(Reason.TIMEOUT, "no answer within 10s"), 10.0001234)
    queues.series, queues.dropped = 120, 30
    health.requests.update({429: 1, 200: 40})
    health.unmapped["agents.Status"] = 7
    health.suppressed_decreases = 5
    health.session_renewals = 3
    assert without_noughts(series_of(health.entities())) == AFTER_A_DAY


def test_up_is_the_last_polls() -> None:
    health = target()
    (queues,) = health.resources
    lines = []
    for succeeds in (True, False, True):
        if succeeds:
            queues.succeeded(0.0, 0.1)
        else:
            queues.failed(PollError(Reason.HTTP, "status 500"), 0.1)
        lines.append([line for line in series_of(health.entities()).splitlines() if "_up{" in line])
    assert lines == [[f'contactcenter_up{{target="a",resource="queues"}} {up}'] for up in (1, 0, 1)]


def test_a_success_ends_the_error_and_a_failure_keeps_the_last_success() -> None:
    queues = ResourceHealth("queues", 15.0)
    error = PollError(Reason.AUTH, "sign-in refused")
    queues.succeeded(100.0, 0.1)
    queues.failed(error, 0.1)
    assert (queues.last_error, queues.last_success) == (error, 100.0)
    queues.succeeded(115.0, 0.1)
    assert (queues.last_error, queues.last_success) == (None, 115.0)


def test_series_are_those_of_all_resources() -> None:
    health = TargetHealth(
        "a", "kpn", [ResourceHealth("queues", 15.0, series=5), ResourceHealth("agents", 15.0, series=7)]
    )
    assert 'contactcenter_series{target="a"} 12\n' in series_of(health.entities())


@pytest.mark.parametrize(
    ("vendor", "meanings"),
    [
        ("kpn", 'available="free",abandoned="all"'),
        # "The contacts that have not been answered, and the caller has disconnected the call after exceeding the False
        # Attempt limit."
        ("sinch", 'available="free",abandoned="without_short"'),
        # An agent remains Available during a call.
        ("apio", 'available="signed_in",abandoned="all"'),
    ],
)
def test_the_meanings_of_a_vendors_figures_are_exported(vendor: str, meanings: str) -> None:
    health = TargetHealth("a", vendor, meanings=load_vendor(vendor).meanings)
    assert f'contactcenter_target_figures_info{{target="a",{meanings}}} 1\n' in series_of(health.entities())
