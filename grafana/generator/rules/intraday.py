"""Recording rules of the dashboard of the day: staffing, and the contacts still expected today.

They are in a file of their own: no alert needs them, and of the other dashboards only the handle time of *queues*.
"""

from typing import Final

from exporter.metrics import catalog
from grafana.generator.rules import names, staffing
from grafana.generator.rules.rule_files import Group, Record, render

PATH: Final = "rules/intraday.yml"

# Values of a week ago are joined without the instance: the exporter may have been rescheduled since.
_KEY: Final = "cluster, namespace, job, target, queue_id, channel"
_OFFERED: Final = catalog.QUEUE_CONTACTS_OFFERED.name
# A day has 96 quarters of an hour. If more than five are missing, the rest of that day would be too small.
_STEP: Final = "15m"
_ENOUGH_STEPS: Final = 91
# Below, last week's contacts are too few to compare today with.
_ENOUGH_CONTACTS: Final = 20
# Each evaluation reads a day of samples; the interval must stay below Prometheus's 5-minute lookback.
_INTERVAL: Final = "2m"


def text() -> str:
    """Return the text of the file."""
    return render(
        (
            Group("contactcenter-staffing", staffing.records(), interval=_INTERVAL),
            Group("contactcenter-intraday", (_still_expected(),), interval=_INTERVAL),
        )
    )


def _still_expected() -> Record:
    """Return the contacts of the rest of the same day last week, times the ratio of today to that day so far.

    Between this time last week and this time a day later the total grew by the rest of that day, restarted, and grew
    by the beginning of the next day, which is subtracted. Without enough contacts last week the ratio is 1.
    """
    before = _of_queue(f"{_OFFERED} offset {_STEP}")
    grown = f"sum_over_time(\n    clamp_min({_of_queue(_OFFERED)} - {before}, 0)[1d:{_STEP}] offset 6d\n  )"
    rest = f"clamp_min(\n  {grown}\n  - {_of_queue(f'{_OFFERED} offset 6d')},\n  0\n)"
    complete = f"count_over_time({_of_queue(_OFFERED)}[1d:{_STEP}] offset 6d) >= {_ENOUGH_STEPS}"
    joined = f"on ({_KEY}) group_left ()"
    ratio = f"{_OFFERED} / {joined} ({_of_queue(f'{_OFFERED} offset 1w')} > {_ENOUGH_CONTACTS})"
    return Record(
        names.STILL_EXPECTED,
        f"(\n  {ratio}\n  or\n  {_OFFERED} * 0 + 1\n)\n* {joined} (\n{rest}\nand\n{complete}\n)",
    )


def _of_queue(series: str) -> str:
    return f"max by ({_KEY}) ({series})"
