"""The figures of the intraday dashboard, evaluated by promtool and compared with the exact formulas."""

import math
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from grafana.generator.boards import intraday_expressions as expressions
from grafana.generator.rules import effective_thresholds, intraday, names
from grafana.preview.panel_queries import interpolate
from tests.support.erlang import erlang_c
from tests.support.promtool import Check, evaluate
from tests.support.rules import RULES, exported_names, metric_names, names_of_contacts, recorded_names, rules_of

LABELS = 'job="j", instance="i", target="t", queue_id="1", queue="Billing", channel="voice"'
ROW = '{target="t", queue_id="1", queue="Billing", channel="voice"}'
WITHOUT_NAME = f"{{{LABELS}}}"
OFFERED = f"contactcenter_queue_contacts_offered_total{{{LABELS}}}"
DAY = 288  # samples of five minutes


def shown(expr: str) -> str:
    """Return the expression of a panel with everything selected."""
    return interpolate(expr, {})


def agents_needed(load: float, handle: float, within: float, share: float) -> int:
    """Return the fewest agents that answer a share of the contacts within a time, by Erlang C."""
    agents = math.floor(load) + 1
    while 1 - erlang_c(load, agents) * math.exp(-(agents - load) * within / handle) < share:
        agents += 1
    return agents


def queues_of_all_sizes() -> Iterator[tuple[float, float, float, float]]:
    yield from product((0.5, 2, 5, 10, 20, 50, 120, 400), (120, 300), (0, 20, 60), (0.7, 0.8, 0.9, 0.95))


def test_the_committed_file_is_the_generated_one() -> None:
    assert (RULES / "intraday.yml").read_text(encoding="utf-8") == intraday.text()


def test_the_rules_read_only_exported_and_recorded_series() -> None:
    known = (
        exported_names()
        | recorded_names()
        | names_of_contacts()
        | {rule["record"] for rule in rules_of("intraday.yml")}
    )
    assert all(metric_names(rule["expr"]) <= known for rule in rules_of("intraday.yml"))


def test_the_required_agents_are_those_of_erlang_c_or_one_more_or_less(tmp_path: Path) -> None:
    series: dict[str, str] = {}
    exact: dict[int, str] = {}
    for number, (load, handle, within, share) in enumerate(queues_of_all_sizes()):
        queue = f'{{job="j", instance="i", target="t", queue_id="{number}", queue="Q", channel="voice"}}'
        series |= {
            f"{names.offered('30m')}{queue}": f"{load / handle * 1800}x60",
            f"{names.handle_time('30m')}{queue}": f"{handle}x60",
            f"{names.OBJECTIVE}{queue}": f"{share}x60",
            f"contactcenter_queue_service_level_target_seconds{queue}": f"{within}x60",
            f"contactcenter_queue_contacts_offered_total{queue}": "0x60",
            f"exact{queue}": f"{agents_needed(load, handle, within, share)}x60",
        }
        exact[number] = queue
    off = f"({names.REQUIRED_AGENTS} - exact)"
    checks = (
        Check(f"count({names.REQUIRED_AGENTS})", "30m", {"{}": len(exact)}),
        Check(f"abs({off}) > 1", "30m"),
        Check(f"count({off} == 0) / count({off}) > bool 0.75", "30m", {"{}": 1}),
    )
    evaluate(tmp_path, series, checks, "intraday.yml")


def test_a_queue_known_for_less_than_half_an_hour_has_no_load(tmp_path: Path) -> None:
    series = {
        f"{names.offered('30m')}{WITHOUT_NAME}": "30x60",
        f"{names.handle_time('30m')}{WITHOUT_NAME}": "300x60",
        OFFERED: "0x60",
    }
    checks = (
        Check(names.LOAD, "20m"),
        Check(names.LOAD, "40m", {f"{names.LOAD}{WITHOUT_NAME}": 5}),  # 30 contacts of 5 minutes in 30 minutes
    )
    evaluate(tmp_path, series, checks, "intraday.yml")


def test_spoken_contacts_without_a_promise_have_20_seconds_and_written_ones_none(tmp_path: Path) -> None:
    def queue(number: int, channel: str) -> str:
        return f'{{job="j", instance="i", target="t", queue_id="{number}", queue="Q", channel="{channel}"}}'

    waiting, promised = "contactcenter_queue_waiting_contacts", "contactcenter_queue_service_level_target_seconds"
    series = {f"{waiting}{queue(number, channel)}": "1x10" for number, channel in ((1, "voice"), (2, "email"), (3, ""))}
    series |= {f"{waiting}{queue(4, 'email')}": "1x10", f"{promised}{queue(4, 'email')}": "14400x10"}
    expected = {
        f"{names.PROMISE}{queue(1, 'voice')}": 20,
        f"{names.PROMISE}{queue(3, '')}": 20,
        f"{names.PROMISE}{queue(4, 'email')}": 14400,
    }
    evaluate(tmp_path, series, (Check(names.PROMISE, "5m", expected),), "intraday.yml")


# A Sunday of 288 contacts is followed by a Monday of 2880: each five minutes, 1 and 10.
QUIET, BUSY = f"0+1x{DAY - 1}", f"0+10x{DAY - 1}"


def test_the_contacts_still_expected_are_those_of_the_rest_of_last_weeks_day(tmp_path: Path) -> None:
    # Day 0 and day 7 are Sundays; at noon of day 7, 144 of last Sunday's 288 contacts were still to come.
    as_last_week = {OFFERED: " ".join([QUIET, *[BUSY] * 6, QUIET])}
    noon = f"{7 * 24 + 12}h"
    series = f"{names.STILL_EXPECTED}{WITHOUT_NAME}"
    expected = Check(f"round({names.STILL_EXPECTED}, 10)", noon, {WITHOUT_NAME: 140})
    evaluate(tmp_path, as_last_week, (expected,), "intraday.yml", interval="5m", evaluated="12h")
    # Twice as many contacts this Sunday: twice as many are still expected.
    twice = {OFFERED: " ".join([QUIET, *[BUSY] * 6, f"0+2x{DAY - 1}"])}
    expected = Check(f"round({names.STILL_EXPECTED}, 20)", noon, {WITHOUT_NAME: 280})
    evaluate(tmp_path, twice, (expected,), "intraday.yml", interval="5m", evaluated="12h")
    # Two hours of last Sunday afternoon are missing.
    gap = {OFFERED: " ".join([f"0+1x{DAY // 2 + 11} _x24 180+1x107", *[BUSY] * 6, QUIET])}
    evaluate(tmp_path, gap, (Check(series, noon),), "intraday.yml", interval="5m", evaluated="12h")
    # The exporter was rescheduled in between and has another instance.
    other = OFFERED.replace('instance="i"', 'instance="other"')
    moved = {other: f"{QUIET} {BUSY} {BUSY}", OFFERED: " ".join([f"_x{3 * DAY}", *[BUSY] * 4, QUIET])}
    expected = Check(f"round({names.STILL_EXPECTED}, 10)", noon, {WITHOUT_NAME: 140})
    evaluate(tmp_path, moved, (expected,), "intraday.yml", interval="5m", evaluated="12h")


def test_what_may_be_missed_and_what_is_needed_follow_from_the_objective(tmp_path: Path) -> None:
    # 200 counted, 70 % in time: 60 missed. With 100 to come, 20 % of 300 = 60 may be missed: none is left, and all
    # of the rest must be answered in time.
    series = {
        f"contactcenter_queue_contacts_answered_total{WITHOUT_NAME}": "180x10",
        f"contactcenter_queue_contacts_answered_in_service_level_total{WITHOUT_NAME}": "140x10",
        f"contactcenter_queue_contacts_abandoned_total{WITHOUT_NAME}": "20x10",
        f"{names.OBJECTIVE}{WITHOUT_NAME}": "0.8x10",
        f"{names.STILL_EXPECTED}{WITHOUT_NAME}": "100x10",
    }
    checks = (
        Check(f"round({shown(expressions.missed_today())})", "5m", {ROW: 60}),
        Check(f"round({shown(expressions.needed())}, 0.01)", "5m", {ROW: 1}),
    )
    evaluate(tmp_path, series, checks, "recording.yml")
    # With 300 to come 100 may be missed, 40 more, and 260 of 300 must be in time.
    series[f"{names.STILL_EXPECTED}{WITHOUT_NAME}"] = "300.1x10"
    checks = (
        Check(shown(expressions.may_be_missed()), "5m", {ROW: 40}),
        Check(f"round({shown(expressions.needed())}, 0.01)", "5m", {ROW: 0.87}),
    )
    evaluate(tmp_path, series, checks, "recording.yml")


@pytest.mark.parametrize(
    ("waiting", "oldest", "late"),
    [
        (4, 80, 3),  # one every 20 seconds: those of 80, 60 and 40 seconds are late
        (4, 15, 0),
        (1, 21, 1),
        (0, None, 0),
    ],
)
def test_overdue_contacts_have_waited_longer_than_promised(
    waiting: int, oldest: int | None, late: int, tmp_path: Path
) -> None:
    series = {
        f"contactcenter_queue_waiting_contacts{WITHOUT_NAME}": f"{waiting}x10",
        f"{names.PROMISE}{WITHOUT_NAME}": "20x10",
    }
    if oldest is not None:
        series[f"contactcenter_queue_oldest_wait_seconds{WITHOUT_NAME}"] = f"{oldest}x10"
    evaluate(tmp_path, series, (Check(shown(expressions.overdue()), "5m", {ROW: late}),))


def test_a_wait_is_forecast_by_littles_law_from_three_waiting(tmp_path: Path) -> None:
    # 4 answered and 2 abandoned a minute: with 6 waiting, a contact that arrives now waits a minute.
    waiting = f"contactcenter_queue_waiting_contacts{WITHOUT_NAME}"
    series = {
        waiting: "6x60",
        f"contactcenter_queue_contacts_answered_total{WITHOUT_NAME}": "0+4x60",
        f"contactcenter_queue_contacts_abandoned_total{WITHOUT_NAME}": "0+2x60",
    }
    forecast = f"round({shown(expressions.wait_forecast())}, 0.001)"
    evaluate(tmp_path, series, (Check(forecast, "50m", {ROW: 60}),))
    evaluate(tmp_path, series | {waiting: "2x60"}, (Check(forecast, "50m"),))


def test_without_a_count_of_the_abandoned_the_growth_of_the_queue_shows_how_many_left(tmp_path: Path) -> None:
    # 10 a minute arrive and 4 of them stay: 6 leave.
    series = {
        f"contactcenter_queue_waiting_contacts{WITHOUT_NAME}": "0+4x60",
        f"contactcenter_queue_contacts_offered_total{WITHOUT_NAME}": "0+10x60",
        f"contactcenter_queue_contacts_answered_total{WITHOUT_NAME}": "0+3x60",
    }
    forecast = f"round({shown(expressions.wait_forecast())}, 0.001)"
    evaluate(tmp_path, series, (Check(forecast, "45m", {ROW: 180 / 6 * 60}),))


def test_an_agent_who_serves_two_queues_is_on_duty_once(tmp_path: Path) -> None:
    serving = effective_thresholds.SERVING_AGENTS
    series = {f"{serving}{WITHOUT_NAME}": "5x10", f"{serving}{WITHOUT_NAME.replace('Billing', 'Sales')}": "4x10"}
    series = {
        name.replace('queue_id="1", queue="Sales"', 'queue_id="2", queue="Sales"'): v for name, v in series.items()
    }
    floor = 'contactcenter_agents{job="j", instance="i", target="t", group="", reason="", state="%s"}'
    series |= {floor % "available": "2x10", floor % "busy": "4x10", floor % "logged_out": "30x10"}
    evaluate(tmp_path, series, (Check(shown(expressions.present()), "5m", {'{target="t"}': 6}),))
    one_queue = interpolate(expressions.present(), {"queue": "Sales"})
    evaluate(tmp_path, series, (Check(one_queue, "5m", {'{target="t"}': 4}),))
