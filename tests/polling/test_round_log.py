"""Log lines about rounds of requests."""

import structlog
from structlog.testing import capture_logs

from exporter.model import PollItems
from exporter.polling.round_log import RoundLog


def items(asked: int, failed: int = 0, round_seconds: float = 15.0) -> PollItems:
    error = "GET /vm/group_stats/12 returned 500" if failed else ""
    answered = asked - failed
    return PollItems(
        total=150, asked=asked, answered=answered, kept=0, failed=failed, round_seconds=round_seconds, error=error
    )


def test_a_round_longer_than_the_interval_is_logged_once() -> None:
    with capture_logs() as lines:
        log = RoundLog(structlog.get_logger(), 15.0)
        for _ in range(3):
            log.record(items(120, round_seconds=18.75))
        log.record(items(150))
    assert [line["event"] for line in lines if line["log_level"] != "debug"] == [
        "120 of 150 answered within 15s: set poll.interval to at least 20s",
        "all items are requested within one interval again",
    ]


def test_failing_requests_are_logged_once() -> None:
    with capture_logs() as lines:
        log = RoundLog(structlog.get_logger(), 15.0)
        log.record(items(150, failed=2))
        log.record(items(150, failed=3))
        log.record(items(150))
        log.record(None)
    first, last = (line for line in lines if line["log_level"] != "debug")
    assert (first["failed"], first["total"], first["error"]) == (2, 150, "GET /vm/group_stats/12 returned 500")
    assert last["event"] == "all requests succeed again"
