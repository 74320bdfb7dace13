"""A day of the real service with vendors that fail at random, and the verdict on a month."""

import asyncio
from pathlib import Path

import pytest

from tests.soak.month import DayEnd, live
from tests.soak.skipping import SkippingLoop
from tests.soak.verdict import problems

FLAT = DayEnd(
    day=1, rss_kib=70_000, blocks=300_000, traced_kib=0, descriptors=25, tasks=23, polls=9, failures=1, series=9,
    log_lines=9, wrong=(),
)  # fmt: skip


def month(last: DayEnd) -> list[DayEnd]:
    """Return thirty days; the last three differ."""
    return [FLAT] * 27 + [last] * 3


@pytest.mark.slow
def test_a_day_leaves_nothing_behind(tmp_path: Path) -> None:
    days: list[DayEnd] = []
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        injected = runner.run(live(1, tmp_path, days.append, interval="30m"))
    assert list(problems(days)) == []
    [day] = days
    assert day.polls > 500
    assert 0 < day.failures < day.polls / 2
    assert day.series > 100
    assert len(injected) > 3


def test_growth_is_reported() -> None:
    assert list(problems(month(FLAT))) == []
    assert list(problems(month(FLAT._replace(rss_kib=73_000)))) == []
    assert [*problems(month(FLAT._replace(blocks=330_000)))] == ["blocks grew from 300,000 to 330,000, which is 10.0%"]
    assert [*problems(month(FLAT._replace(descriptors=80)))] == ["descriptors grew from 25 to 80"]
    assert [*problems([FLAT._replace(wrong=("agent Anna is still exported",))])] == [
        "day 1: agent Anna is still exported"
    ]
