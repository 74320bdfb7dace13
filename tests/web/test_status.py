"""The status page: rows, summary, filter, links and headers."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest

from exporter.errors import PollError, Reason
from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.redaction import remember
from exporter.web.status import About, RowFilter, View, render_status
from exporter.web.status.resource_rows import rows
from exporter.web.status.states import REASONS, span
from tests.support.web_reading import Reader
from tests.support.web_standin import NOW, Client, Now, StandIn

HOSTILE = '<script>alert("x")</script>&\''
ABOUT = About("1.2.3", "3.13.1", NOW - 3 * 3600)


def read(*targets: TargetHealth, view: View | None = None, about: About = ABOUT) -> Reader:
    return Reader(render_status(targets, Now(), about, view))


def row(*changes: Callable[[ResourceHealth], None]) -> list[str]:
    """Return the row of a resource after applying the changes."""
    queues = ResourceHealth("queues", 15.0)
    for change in changes:
        change(queues)
    _, cells = read(TargetHealth("north", "kpn", [queues])).rows
    return cells


def succeed(queues: ResourceHealth) -> None:
    queues.succeeded(NOW - 7, 0.25)
    queues.series = 1234
    queues.due = 8.2


def fail(queues: ResourceHealth) -> None:
    queues.failed(PollError(Reason.AUTH, "sign-in failed with status 401"), 0.5)


def go_stale(queues: ResourceHealth) -> None:
    queues.stale = True
    queues.series = 0


def drop(queues: ResourceHealth) -> None:
    queues.dropped = 5000
    queues.left_out = ("contactcenter_agent_state", "contactcenter_agents")


def many() -> list[TargetHealth]:
    """Return targets in different states: north partly failing, south up, west waiting."""
    north = [ResourceHealth(name, 15.0) for name in ("queues", "agents")]
    south = [ResourceHealth("queues", 15.0)]
    succeed(north[0])
    fail(north[1])
    succeed(south[0])
    west = [ResourceHealth("queues", 15.0)]
    return [
        TargetHealth("north", "kpn", north),
        TargetHealth("south", "sinch", south),
        TargetHealth("west", "kpn", west),
    ]


def test_a_resource_before_its_first_poll() -> None:
    cells = row()
    assert cells == ["north kpn", "queues", "waiting for the first poll", "no data yet", "", "now", "15 s", "0", ""]


def test_a_resource_that_is_up() -> None:
    assert row(succeed) == ["north kpn", "queues", "up", "7 s", "0.250 s", "in 8 s", "15 s", "1,234", ""]


def test_a_failing_resource_shows_the_reason_and_the_age_of_its_data() -> None:
    cells = row(succeed, fail)
    assert cells[2:5] == ["failing: sign-in rejectedsign-in failed with status 401", "7 s", "0.500 s"]


def test_a_resource_with_stale_data_is_marked() -> None:
    assert row(succeed, go_stale)[2] == "stale: stale data not exported"
    assert row(succeed, fail, go_stale)[2].startswith("failing: sign-in rejected; stale data not exported")


def test_dropped_series_are_counted_as_a_problem() -> None:
    cells = row(succeed, drop)
    assert (cells[2], cells[-1]) == ("up: series dropped", "5,000 (contactcenter_agent_state, contactcenter_agents)")


def test_patterns_that_match_nothing_are_named() -> None:
    def mismatch(queues: ResourceHealth) -> None:
        queues.unmatched = ("patterns of `thresholds` match no queue: Billing",)

    state = row(succeed, mismatch)[2]
    assert state == "up: patterns without a matchpatterns of `thresholds` match no queue: Billing"


def test_findings_about_the_api_are_shown_and_are_not_a_problem() -> None:
    def find(queues: ResourceHealth) -> None:
        queues.findings = ("`startTime` of /contacts selects contacts by their end",)

    assert row(succeed, find)[2] == "up`startTime` of /contacts selects contacts by their end"
    queues = ResourceHealth("queues", 15.0)
    find(queues)
    [shown] = rows([TargetHealth("north", "sinch", [queues])], NOW, 0.0)
    assert not shown.has_problem


def test_every_reason_has_a_text() -> None:
    assert REASONS.keys() == set(Reason)


def test_setting_the_clock_back_causes_no_negative_age() -> None:
    assert row(lambda queues: queues.succeeded(NOW + 100, 0.1))[3] == "0 s"


def test_an_error_is_shortened_and_redacts_secrets_registered_later() -> None:
    error = PollError(Reason.HTTP, f"s3cret-canary {'x' * 1000}")
    remember("s3cret-canary")
    state = row(lambda queues: queues.failed(error, 0.1))[2]
    assert "[redacted]" in state
    assert len(state) < 400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3 * 3600 + 600, "3 h 10 min"),
        (86400, "1 d"),
        (2 * 86400 + 4 * 3600 + 59, "2 d 4 h"),
    ],
)
def test_durations_have_at_most_two_units(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_the_page_counts_targets_and_resources() -> None:
    summary = read(*many()).texts["summary"].split("\n")
    assert "3 targets: 1 up, 1 failing, 1 waiting for the first poll" in summary
    assert "4 resources: 2 up, 1 failing, 1 waiting for the first poll" in summary


def test_one_is_singular() -> None:
    assert "1 target: 1 up\n1 resource: 1 up" in read(many()[1]).texts["summary"]


def test_without_targets_the_page_states_it() -> None:
    page = read()
    assert page.texts["summary"].split() == ["0", "targets", "0", "resources"]
    assert "No targets are configured." in page.texts["resources"]


@pytest.mark.parametrize(
    ("row_filter", "resources"),
    [
        (RowFilter(), ["north queues", "north agents", "south queues", "west queues"]),
        (RowFilter("NORTH"), ["north queues", "north agents"]),
        (RowFilter("queues kpn"), ["north queues", "west queues"]),
        (RowFilter("sign-in"), ["north agents"]),
        (RowFilter("waiting"), ["west queues"]),
        (RowFilter(problems_only=True), ["north agents"]),
        (RowFilter("south", problems_only=True), []),
    ],
)
def test_rows_are_filtered_by_words_and_problems(row_filter: RowFilter, resources: list[str]) -> None:
    page = read(*many(), view=View(row_filter))
    assert [f"{cells[0].split()[0]} {cells[1]}" for cells in page.rows[1:]] == resources
    assert "3 targets: " in page.texts["summary"]
    assert page.texts.get("shown", "") == ("" if len(resources) == 4 else f"{len(resources)} of 4 resources shown")
    assert ("No matching resources." in page.texts["resources"]) is (not resources)


def test_the_form_keeps_the_filter() -> None:
    page = read(*many(), view=View(RowFilter('a "quoted" word', problems_only=True), paused=True))
    text, problems_only, refresh = page.all("input")
    assert text["value"] == 'a "quoted" word'
    assert "checked" in problems_only
    assert "checked" in refresh
    assert not any("http-equiv" in meta for meta in page.all("meta"))


def test_without_scripts_the_page_refreshes_itself() -> None:
    assert {"http-equiv": "refresh", "content": "10"} in read().all("meta")


def test_the_page_links_no_dashboards_without_a_url() -> None:
    links = read(*many()).links()
    assert {"metrics", "sd"} < links.keys()
    assert links["Metrics of north"] == "metrics?target=north"
    assert not [link for link in links.values() if link and "/d/" in link]


def test_the_page_links_the_dashboards_of_each_target() -> None:
    about = About("1", "3", NOW, "https://grafana.example/g")
    target = TargetHealth("a b&c", "kpn", [ResourceHealth("queues", 15.0)])
    links = read(target, about=about).links()
    for uid in ("wall", "queues", "agents", "trunks", "service-level", "exporter"):
        assert f"https://grafana.example/g/d/contactcenter-{uid}" in links
    assert links["Dashboard of a b&c"] == "https://grafana.example/g/d/contactcenter-queues?var-target=a%20b%26c"
    assert links["Metrics of a b&c"] == "metrics?target=a%20b%26c"


def test_the_page_shows_versions_and_uptime() -> None:
    page = render_status([], Now(), ABOUT)
    assert "Version 1.2.3, Python 3.13.1, started <time>2023-11-14 19:13:20 UTC</time>" in page
    assert Reader(page).texts["uptime"] == "3 h"


async def test_the_page_is_not_cached_and_runs_only_its_own_script(client: Client) -> None:
    async with client.get("/", headers={"Accept-Encoding": "identity"}) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        policy = response.headers["Content-Security-Policy"]
        page = await response.text()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


async def test_the_query_filters(client: Client, exporter: StandIn) -> None:
    exporter.health = many()
    async with client.get("/?q=north&wrong=1&refresh=off", headers={"Accept-Encoding": "identity"}) as response:
        page = Reader(await response.text())
    assert [cells[1] for cells in page.rows[1:]] == ["agents"]
    assert all("checked" in box for box in page.all("input")[1:])


async def test_hostile_names_and_queries_are_escaped(client: Client, exporter: StandIn) -> None:
    queues = ResourceHealth(HOSTILE, 15.0)
    queues.failed(PollError(Reason.INVALID, HOSTILE), 0.1)
    exporter.health = [TargetHealth(HOSTILE, HOSTILE, [queues])]
    query = {"q": HOSTILE}
    async with client.get("/", params=query, headers={"Accept-Encoding": "identity"}) as response:
        page = Reader(await response.text())
    assert len(page.all("script")) == 1
    assert page.all("input")[0]["value"] == HOSTILE
    assert page.rows[1][:3] == [
        f"{HOSTILE} {HOSTILE}",
        HOSTILE,
        f"failing: unexpected response{HOSTILE}",
    ]
    assert "metrics?target=%3Cscript%3E" in str(page.links()[f"Metrics of {HOSTILE}"])
