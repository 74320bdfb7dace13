"""Dead inbound traffic against a week ago: several contact centres in one run, because a week takes seconds."""

from pathlib import Path

from grafana.generator.rules import inbound
from tests.support.promtool import Check, evaluate

# Every 15 minutes: a week of 672 samples, and the four hours after it.
WEEK = 672
HALF_AN_HOUR_AFTER, A_QUARTER_AFTER = f"{15 * (WEEK + 14)}m", f"{15 * (WEEK + 13)}m"


def total(*hours: int) -> str:
    """Return a running total over four hours a week ago and now.

    Args:
        hours: The contacts in 15 minutes, for each of the four hours a week ago and then of the four hours now.
    """
    parts, value = ["0"], 0
    for place, count in enumerate(hours):
        if place == len(hours) // 2:
            parts.append(f"{value}x{WEEK - 4 * place - 1}")
        parts.append(f"{value + count}+{count}x3")
        value += 4 * count
    return " ".join(parts)


def series_of(target: str, contacts: str, agents: str = f"5x{WEEK + 20}") -> dict[str, str]:
    of_target = f'job="contactcenter", instance="a", target="{target}"'
    return {
        f'contactcenter_queue_contacts_offered_total{{{of_target}, queue_id="1", channel="voice"}}': contacts,
        f'contactcenter_agents{{{of_target}, state="available"}}': agents,
        f'contactcenter_up{{{of_target}, resource="queues"}}': f"1x{WEEK + 20}",
    }


def test_the_same_time_a_week_ago_decides(tmp_path: Path) -> None:
    dead = {
        "dead since an hour ago, and busy a week ago": total(30, 30, 30, 30, 30, 30, 0, 0),
        "dead since the centre opened, and busy a week ago": total(0, 0, 30, 30, 0, 0, 0, 0),
        "dead an hour after the centre opened, and busy a week ago": total(0, 0, 30, 30, 0, 0, 30, 0),
        "a week ago was a holiday": total(0, 0, 0, 0, 30, 30, 30, 0),
    }
    alive = {
        "contacts arrive": total(30, 30, 30, 30, 30, 30, 30, 30),
        "a quiet channel": total(0, 0, 0, 0, 0, 0, 0, 0),
        "closed at this time a week ago too": total(30, 30, 30, 0, 30, 30, 30, 0),
        "closed an hour ago, as a week ago": total(30, 30, 0, 0, 30, 30, 0, 0),
        "a surge ends, and few contacts came a week ago": total(1, 1, 1, 1, 60, 60, 60, 0),
    }
    series: dict[str, str] = {}
    for target, contacts in (dead | alive).items():
        series |= series_of(target, contacts)
    seen = {f'{{target="{target}"}}': 1 for target in dead}
    checks = [Check(f"count by (target) ({inbound.DEAD})", at, seen) for at in (A_QUARTER_AFTER, HALF_AN_HOUR_AFTER)]
    evaluate(tmp_path, series, checks, "sre.yml", interval="15m")


def test_a_holiday_with_few_agents_is_no_failure(tmp_path: Path) -> None:
    series = series_of("centre", total(30, 30, 30, 30, 0, 0, 0, 0), f"12x{WEEK} 1x20")
    evaluate(tmp_path, series, (Check(inbound.DEAD, HALF_AN_HOUR_AFTER),), "sre.yml", interval="15m")
