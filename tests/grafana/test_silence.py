"""Dead inbound traffic against a week ago, by the alert's expression: to evaluate a week would take minutes."""

from pathlib import Path

import pytest

from tests.support import promtool
from tests.support.rules import rules_of

CHANNEL = '{job="contactcenter", target="amsterdam", channel="voice"}'
EXPR = next(rule["expr"] for rule in rules_of("sre.yml") if rule.get("alert") == "ContactCenterInboundDead")
# Every 5 minutes: a week of 2,016 samples, and the three hours after it.
WEEK = 2016


def total(*hours: int, before: int = 0) -> str:
    """Return a running total over three hours a week ago and now, with 5-minute counts of each hour.

    Args:
        hours: The contacts in 5 minutes, for each of the three hours a week ago and then of the three hours now.
        before: The total at the start.
    """
    then, now = hours[:3], hours[3:]
    parts, value = [f"{before}"], before
    for count in then:
        parts.append(f"{value + count}+{count}x11")
        value += 12 * count
    parts.append(f"{value}x{WEEK - 37}")
    for count in now:
        parts.append(f"{value + count}+{count}x11")
        value += 12 * count
    return " ".join(parts)


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        pytest.param(total(10, 10, 10, 10, 0, 0), 30, id="dead since an hour ago, and busy a week ago"),
        pytest.param(total(0, 0, 10, 0, 0, 0), 30, id="dead since the centre opened, and busy a week ago"),
        pytest.param(total(10, 10, 10, 10, 10, 10), None, id="contacts arrive"),
        pytest.param(total(0, 0, 0, 0, 0, 0), None, id="a quiet channel"),
    ],
)
def test_the_same_time_a_week_ago_is_the_expectation(contacts: str, expected: int | None, tmp_path: Path) -> None:
    check(tmp_path, contacts, expected, at=5 * (WEEK + 30))


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        pytest.param(total(10, 10, 0, 10, 10, 0), None, id="it closed at this time a week ago too"),
        pytest.param(total(0, 0, 0, 10, 10, 0), 30, id="a week ago was a holiday"),
    ],
)
def test_a_quarter_of_an_hour_after_the_last_contact(contacts: str, expected: int | None, tmp_path: Path) -> None:
    check(tmp_path, contacts, expected, at=5 * (WEEK + 27))


def test_an_hour_without_contacts_a_week_ago_and_today_is_quiet(tmp_path: Path) -> None:
    check(tmp_path, total(10, 10, 0, 10, 10, 0), None, at=5 * (WEEK + 35))


def check(folder: Path, contacts: str, expected: int | None, at: int) -> None:
    """Evaluate the alert's expression at a minute, while agents work and polls succeed."""
    series = {
        f"channel:contactcenter_contacts_offered:sum{CHANNEL}": contacts,
        'contactcenter_agents{job="contactcenter", instance="a", target="amsterdam", state="available"}': "5x2100",
        'resource:contactcenter_up:max{job="contactcenter", target="amsterdam", resource="queues"}': "1x2100",
    }
    seen = [] if expected is None else [{"labels": CHANNEL, "value": expected}]
    test = {
        "interval": "5m",
        "input_series": [{"series": name, "values": text} for name, text in series.items()],
        "promql_expr_test": [{"expr": EXPR, "eval_time": f"{at}m", "exp_samples": seen}],
    }
    promtool.run(folder, [test], [])
