"""The page for people."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest

from exporter.errors import PollError, Reason
from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.redaction import remember
from exporter.web.status import About, Choice, View, render_status
from exporter.web.status.states import REASONS, span
from tests.support.web_reading import Reader
from tests.support.web_standin import NOW, Client, Now, StandIn

HOSTILE = '<script>alert("x")</script>&\''
ABOUT = About("1.2.3", "3.13.1", NOW - 3 * 3600)


def read(*targets: TargetHealth, view: View | None = None, about: About = ABOUT) -> Reader:
    return Reader(render_status(targets, Now(), about, view))


def row(*changes: Callable[[ResourceHealth], None]) -> list[str]:
    """Return the row of a resource after something happened to it."""
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
    queues.failed(PollError(Reason.AUTH, "sign-in refused with status 401"), 0.5)


def go_stale(queues: ResourceHealth) -> None:
    queues.stale = True
    queues.series = 0


def drop(queues: ResourceHealth) -> None:
    queues.dropped = 5000
    queues.left_out = ("contactcenter_agent_state", "contactcenter_agents")


def many() -> list[TargetHealth]:
    """Return targets that fare differently: north fails in part, south is up, west waits."""
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


def test_a_resource_that_was_not_polled_yet() -> None:
    cells = row()
    assert cells == ["north kpn", "queues", "waiting for the first poll", "no data yet", "", "now", "15 s", "0", ""]


def test_a_resource_that_is_up() -> None:
    assert row(succeed) == ["north kpn", "queues", "up", "7 s", "0.250 s", "in 8 s", "15 s", "1,234", ""]


def test_a_resource_that_fails_says_why_and_how_old_its_data_is() -> None:
    cells = row(succeed, fail)
    assert cells[2:5] == ["failing: sign-in refusedsign-in refused with status 401", "7 s", "0.500 s"]


def test_a_resource_whose_data_is_too_old_to_show_says_so() -> None:
    assert row(succeed, go_stale)[2] == "stale: data too old to show"
    assert row(succeed, fail, go_stale)[2].startswith("failing: sign-in refused; data too old to show")


def test_dropped_series_are_counted_and_wrong() -> None:
    cells = row(succeed, drop)
    assert (cells[2], cells[-1]) == ("up: series dropped", "5,000 (contactcenter_agent_state, contactcenter_agents)")


def test_every_reason_has_words() -> None:
    assert REASONS.keys() == set(Reason)


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    assert row(lambda queues: queues.succeeded(NOW + 100, 0.1))[3] == "0 s"


def test_an_error_shows_no_secret_that_was_learnt_later_and_no_novel() -> None:
    error = PollError(Reason.HTTP, f"s3cret-canary {'x' * 1000}")
    remember("s3cret-canary")
    state = row(lambda queues: queues.failed(error, 0.1))[2]
    assert "[redacted]" in state
    assert len(state) < 400


@pytest.mark.parametrize(
    ("seconds", "words"),
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
def test_times_are_said_in_two_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_the_page_counts_targets_and_resources() -> None:
    summary = read(*many()).texts["summary"].split("\n")
    assert "3 targets: 1 up, 1 failing, 1 waiting for the first poll" in summary
    assert "4 resources: 2 up, 1 failing, 1 waiting for the first poll" in summary


def test_one_is_singular() -> None:
    assert "1 target: 1 up\n1 resource: 1 up" in read(many()[1]).texts["summary"]


def test_without_targets_it_says_so() -> None:
    page = read()
    assert page.texts["summary"].split() == ["0", "targets", "0", "resources"]
    assert "No target is configured." in page.texts["resources"]


@pytest.mark.parametrize(
    ("choice", "resources"),
    [
        (Choice(), ["north queues", "north agents", "south queues", "west queues"]),
        (Choice("NORTH"), ["north queues", "north agents"]),
        (Choice("queues kpn"), ["north queues", "west queues"]),
        (Choice("sign-in"), ["north agents"]),
        (Choice("waiting"), ["west queues"]),
        (Choice(wrong=True), ["north agents"]),
        (Choice("south", wrong=True), []),
    ],
)
def test_rows_are_chosen_by_words_and_by_what_is_wrong(choice: Choice, resources: list[str]) -> None:
    page = read(*many(), view=View(choice))
    assert [f"{cells[0].split()[0]} {cells[1]}" for cells in page.rows[1:]] == resources
    assert "3 targets: " in page.texts["summary"]
    assert page.texts.get("shown", "") == ("" if len(resources) == 4 else f"{len(resources)} of 4 resources shown")
    assert ("No resource is like that." in page.texts["resources"]) is (not resources)


def test_the_form_says_what_was_chosen() -> None:
    page = read(*many(), view=View(Choice('say "no"', wrong=True), paused=True))
    text, wrong, refresh = page.all("input")
    assert text["value"] == 'say "no"'
    assert "checked" in wrong
    assert "checked" in refresh
    assert not any("http-equiv" in meta for meta in page.all("meta"))


def test_without_scripts_the_page_refreshes_itself() -> None:
    assert {"http-equiv": "refresh", "content": "10"} in read().all("meta")


def test_it_links_metrics_discovery_and_documentation_and_no_boards_unless_told_where() -> None:
    links = read(*many()).links()
    assert {"metrics", "sd"} < links.keys()
    assert links["Metrics of north"] == "metrics?target=north"
    assert not [link for link in links.values() if link and "/d/" in link]


def test_it_links_the_boards_of_each_target() -> None:
    about = About("1", "3", NOW, "https://grafana.example/g")
    target = TargetHealth("a b&c", "kpn", [ResourceHealth("queues", 15.0)])
    links = read(target, about=about).links()
    for board in ("wall", "queues", "agents", "trunks", "service-level", "exporter"):
        assert f"https://grafana.example/g/d/contactcenter-{board}" in links
    assert links["Board of a b&c"] == "https://grafana.example/g/d/contactcenter-queues?var-target=a%20b%26c"
    assert links["Metrics of a b&c"] == "metrics?target=a%20b%26c"


def test_it_says_what_runs_since_when() -> None:
    page = render_status([], Now(), ABOUT)
    assert "Version 1.2.3, Python 3.13.1, started <time>2023-11-14 19:13:20 UTC</time>" in page
    assert Reader(page).texts["uptime"] == "3 h"


async def test_it_is_html_that_nobody_keeps_and_that_runs_nothing_foreign(client: Client) -> None:
    async with client.get("/", headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        page = await answer.text()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


async def test_the_query_chooses(client: Client, exporter: StandIn) -> None:
    exporter.health = many()
    async with client.get("/?q=north&wrong=1&refresh=off", headers={"Accept-Encoding": "identity"}) as answer:
        page = Reader(await answer.text())
    assert [cells[1] for cells in page.rows[1:]] == ["agents"]
    assert all("checked" in box for box in page.all("input")[1:])


async def test_hostile_names_and_queries_are_text_and_nothing_else(client: Client, exporter: StandIn) -> None:
    queues = ResourceHealth(HOSTILE, 15.0)
    queues.failed(PollError(Reason.INVALID, HOSTILE), 0.1)
    exporter.health = [TargetHealth(HOSTILE, HOSTILE, [queues])]
    query = {"q": HOSTILE}
    async with client.get("/", params=query, headers={"Accept-Encoding": "identity"}) as answer:
        page = Reader(await answer.text())
    assert len(page.all("script")) == 1
    assert page.all("input")[0]["value"] == HOSTILE
    assert page.rows[1][:3] == [
        f"{HOSTILE} {HOSTILE}",
        HOSTILE,
        f"failing: answer not as documented{HOSTILE}",
    ]
    assert "metrics?target=%3Cscript%3E" in str(page.links()[f"Metrics of {HOSTILE}"])
