"""The page for people."""

from collections.abc import Callable
from html.parser import HTMLParser

from exporter.errors import PollError, Reason
from exporter.health import ResourceHealth, TargetHealth
from exporter.web.status import render_status
from tests.web.standin import NOW, Client, StandIn

HOSTILE = '<script>alert("x")</script>&\''


class _Reader(HTMLParser):
    """Takes a page apart: its tags, and the cells of its table row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's signature
        self.tags.add(tag)
        self._within = tag
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in {"th", "td"}:
            self.rows[-1][-1] += data


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


def row(change: Callable[[ResourceHealth], None]) -> list[str]:
    """Return the row of a resource after something happened to it."""
    queues = ResourceHealth("queues", 15.0)
    change(queues)
    _, cells = read(render_status([TargetHealth("north", "kpn", [queues])], NOW)).rows
    return cells


def _succeed(queues: ResourceHealth) -> None:
    queues.succeeded(NOW - 7, 0.25)
    queues.series = 1234


def _fail(queues: ResourceHealth) -> None:
    queues.failed(PollError(Reason.AUTH, "sign-in refused with status 401"), 0.5)


def test_a_resource_that_was_not_polled_yet() -> None:
    assert row(lambda _queues: None) == ["north", "kpn", "queues", "not polled yet", "never", "", "15 s", "0"]


def test_a_resource_that_is_up() -> None:
    assert row(_succeed) == ["north", "kpn", "queues", "up", "7 s ago", "0.250 s", "15 s", "1,234"]


def test_a_resource_that_fails_says_why() -> None:
    cells = row(_fail)
    assert cells[3:6] == ["failed (auth): sign-in refused with status 401", "never", "0.500 s"]


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    assert row(lambda queues: queues.succeeded(NOW + 100, 0.1))[4] == "0 s ago"


def test_the_page_counts_what_is_up() -> None:
    up, down = ResourceHealth("queues", 15.0), ResourceHealth("agents", 15.0)
    _succeed(up)
    _fail(down)
    page = render_status([TargetHealth("north", "kpn", [up, down]), TargetHealth("south", "kpn")], NOW)
    assert "2 targets, 1 of 2 resources up" in page


async def test_the_page_is_html_and_links_the_metrics(client: Client) -> None:
    async with client.get("/") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        page = await answer.text()
    assert '<a href="metrics">' in page
    assert "0 targets" in page


async def test_hostile_names_are_text_and_nothing_else(client: Client, exporter: StandIn) -> None:
    queues = ResourceHealth(HOSTILE, 15.0)
    queues.failed(PollError(Reason.INVALID, HOSTILE), 0.1)
    exporter.health = [TargetHealth(HOSTILE, HOSTILE, [queues])]
    async with client.get("/") as answer:
        page = await answer.text()
    reader = read(page)
    assert "script" not in reader.tags
    assert reader.rows[1][:4] == [HOSTILE, HOSTILE, HOSTILE, f"failed (invalid): {HOSTILE}"]
