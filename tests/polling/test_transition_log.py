"""A condition is logged when it starts and when it ends."""

from collections.abc import Sequence

import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.polling.transition_log import Level, TransitionLog


def transitions(level: Level = "warning") -> TransitionLog:
    return TransitionLog(structlog.get_logger(), level)


def lines(logged: Sequence[EventDict]) -> list[tuple[str, str]]:
    return [(line["log_level"], line["event"]) for line in logged]


def test_the_first_report_is_logged_and_repeated_ones_are_at_debug_level() -> None:
    condition = transitions()
    with capture_logs() as logged:
        for _ in range(3):
            condition.report({"timeout"}, "poll failed", reason="timeout")
    assert lines(logged) == [("warning", "poll failed"), *[("debug", "unchanged: poll failed")] * 2]
    assert logged[0]["reason"] == "timeout"


def test_a_new_detail_is_logged_and_an_alternating_one_is_not() -> None:
    condition = transitions("error")
    with capture_logs() as logged:
        for reason in ("timeout", "http", "timeout", "http"):
            condition.report({reason}, "poll failed")
    assert [level for level, _ in lines(logged)] == ["error", "error", "debug", "debug"]


def test_several_details_are_one_line_as_long_as_one_of_them_is_new() -> None:
    condition = transitions()
    with capture_logs() as logged:
        condition.report(["a", "b"], "dropping families")
        condition.report(["b"], "dropping families")
        condition.report(["b", "c"], "dropping families")
    assert [level for level, _ in lines(logged)] == ["warning", "debug", "warning"]
    assert len(condition) == 3
    assert "c" in condition


def test_the_end_is_logged_once_and_only_of_an_active_condition() -> None:
    condition = transitions()
    with capture_logs() as logged:
        condition.end("poll recovered")
        condition.report({"timeout"}, "poll failed")
        assert condition.active
        condition.end("poll recovered", seconds=3)
        assert not condition.active
        condition.end("poll recovered")
        condition.report({"timeout"}, "poll failed")
        condition.end()
    assert lines(logged) == [
        ("warning", "poll failed"),
        ("info", "poll recovered"),
        ("warning", "poll failed"),
    ]
