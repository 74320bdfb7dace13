"""False warnings of the service level: a queue that is truly 5 points above its objective is rarely reported.

Contacts are answered in time independently of each other, at a true service level of 85% with an objective of 80%. The
condition in Python is first compared with the rule's own expression, evaluated by promtool.
"""

import math
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from exporter.settings.units import parse_duration
from tests.support import promtool
from tests.support.rules import RULES, rules_of

OBJECTIVE, TRULY = 0.8, 0.85
WINDOW = 1800
DAYS, HOURS = 150, 24
FALSE_WARNINGS_A_DAY = 0.1

[WARNING] = [
    rule
    for rule in rules_of("supervisors.yml")
    if rule.get("alert") == "ContactCenterServiceLevelLow" and rule["labels"]["severity"] == "warning"
]


def is_low(in_time: int, contacts: int) -> bool:
    """Return whether contacts are evidence of a service level below the objective, as the documentation states it."""
    if contacts < 15:
        return False
    level = in_time / contacts
    return level + 1.64 * math.sqrt(level * (1 - level) / contacts) < OBJECTIVE


def windows(contacts_an_hour: int, days: int, level: float, seed: int) -> Iterator[tuple[int, int]]:
    """Yield for every minute the contacts answered in time and all contacts of the last half hour."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    minutes = days * HOURS * 60
    answered, at = [[0, 0] for _ in range(minutes)], 0.0
    while (at := at + chance.expovariate(contacts_an_hour / 60)) < minutes:
        answered[int(at)][0] += chance.random() < level
        answered[int(at)][1] += 1
    half = WINDOW // 60
    in_time = contacts = 0
    for minute, (more_in_time, more) in enumerate(answered):
        gone_in_time, gone = answered[minute - half] if minute >= half else (0, 0)
        in_time, contacts = in_time + more_in_time - gone_in_time, contacts + more - gone
        yield in_time, contacts


def warnings(low: Iterator[bool]) -> int:
    """Return how often the alert begins to fire, given for every minute whether the condition holds."""
    hold, keep = (parse_duration(WARNING[name]) / 60 for name in ("for", "keep_firing_for"))
    begins, firing = [False], False
    held = since = 0
    for each in low:
        held, since = (held + 1, 0) if each else (0, since + 1)
        firing = held > hold or (firing and since <= keep)
        begins.append(firing)
    return sum(now and not before for before, now in pairwise(begins))


@pytest.mark.parametrize("contacts_an_hour", [22, 40, 80])
def test_a_queue_5_points_above_its_objective_has_at_most_a_false_warning_in_ten_days(contacts_an_hour: int) -> None:
    low = (is_low(*each) for each in windows(contacts_an_hour, DAYS, TRULY, seed=contacts_an_hour))
    assert warnings(low) / DAYS <= FALSE_WARNINGS_A_DAY


@pytest.mark.parametrize("contacts_an_hour", [40, 80])
def test_a_queue_20_points_below_its_objective_is_reported_every_day(contacts_an_hour: int) -> None:
    low = (is_low(*each) for each in windows(contacts_an_hour, 20, OBJECTIVE - 0.2, seed=contacts_an_hour))
    assert warnings(low) >= 20


def test_the_rule_has_the_same_condition(tmp_path: Path) -> None:
    cases = [(in_time, contacts) for contacts in (14, 15, 22, 40, 80) for in_time in range(0, contacts + 1, 3)]
    series, seen = [], []
    for number, (in_time, contacts) in enumerate(cases):
        labels = f'{{job="j", instance="i", target="t", queue_id="{number}", queue="Q", channel="voice"}}'
        recorded = {
            "queue:contactcenter_service_level:ratio_rate30m": in_time / contacts,
            "queue:contactcenter_contacts_counted:increase30m": contacts,
            "queue:contactcenter_service_level:objective_ratio": OBJECTIVE,
        }
        series += [{"series": f"{name}{labels}", "values": f"{float(value)!r}x5"} for name, value in recorded.items()]
        if is_low(in_time, contacts):
            seen.append({"labels": labels.replace('instance="i", ', ""), "value": in_time / contacts})
    assert 10 < len(seen) < len(cases)
    query = {"expr": WARNING["expr"], "eval_time": "1m", "exp_samples": seen}
    test: dict[str, Any] = {"interval": "1m", "input_series": series, "promql_expr_test": [query]}
    promtool.run(tmp_path, [test], [RULES / "supervisors.yml"])
