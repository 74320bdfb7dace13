"""What is recorded: each queue's and target's figures over windows, occupancy, error budgets and trunk use."""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.rules import names
from grafana.generator.rules.names import BURN_WINDOWS, RATE_WINDOWS, WINDOWS, BurnWindow, Level, RateWindow, Window
from grafana.generator.rules.rule_files import Group, Record, render
from grafana.generator.rules.windows import OF_TARGET, RECORDED, SERVICE_LEVEL, grown, indented

PATH: Final = "rules/recording.yml"

_LONG_WINDOWS: Final = tuple(window for window in BURN_WINDOWS if window not in RATE_WINDOWS)
# Days of samples are read at each evaluation; shorter than the five minutes after which Prometheus forgets a sample.
_LONG_INTERVAL: Final = "2m"
_USUAL_OBJECTIVE: Final = "0.8"
# An objective of 1 leaves no budget, and nothing can be divided by it.
_LEAST_BUDGET: Final = "0.001"

_WORKING: Final = 'state=~"busy|ringing|wrap_up"'
_WORKING_OR_FREE: Final = 'state=~"available|busy|ringing|wrap_up"'
# Their agents are available also during a call, so occupancy cannot be known.
_WITHOUT_CALLS: Final = f'{catalog.TARGET_INFO.name}{{vendor="apio"}}'


def text() -> str:
    """Return the text of the file of recording rules."""
    return render(groups())


def groups() -> Iterator[Group]:
    """Yield the groups; those that read what others record stand after them."""
    yield Group("contactcenter-now", (*_occupancy(), *_trunk_usage(), _objective()))
    for window in WINDOWS:
        yield Group(f"contactcenter-{window}", tuple(_of_window(window)))
    burn = (rule for window in _LONG_WINDOWS for rule in (_counted(window), _burn_rate(window)))
    yield Group("contactcenter-burn", tuple(burn), interval=_LONG_INTERVAL)


def _of_window(window: Window) -> Iterator[Record]:
    if window != "day":
        yield _grown(names.offered(window), catalog.QUEUE_CONTACTS_OFFERED, window)
        yield Record(names.offered(window, "target"), f"sum {OF_TARGET} ({names.offered(window)})")
        yield _grown(names.answered(window), catalog.QUEUE_CONTACTS_ANSWERED, window)
    yield _counted(window)
    for figure, name in RECORDED:
        yield Record(name(window), figure.of_queue(window))
        yield Record(name(window, "target"), figure.of_target(window, name(window)))
    yield _error_budget() if window == "day" else _burn_rate(window)


def _grown(name: str, total: Family, window: RateWindow) -> Record:
    return Record(name, grown(total.name, window).removeprefix("(").removesuffix(")"))


def _counted(window: Window | BurnWindow) -> Record:
    """Return the contacts that count; not every vendor tells of those who gave up at once."""
    offered = names.offered(window) if window in RATE_WINDOWS else grown(catalog.QUEUE_CONTACTS_OFFERED.name, window)
    short = grown(catalog.QUEUE_CONTACTS_ABANDONED_SHORT.name, window)
    return Record(names.counted(window), f"{offered}\n-\n({short} or 0 * {offered})")


def _occupancy() -> Iterator[Record]:
    """Yield the occupancy of queues, groups and targets.

    A target's comes of its agents and not of its queues, because an agent may serve several queues. Of a queue both the
    free and the busy have to be known. Bright Pattern tells of a queue's free agents only that there is none, so its
    queues have an occupancy, of 1, only then.
    """
    agents, by_state = catalog.QUEUE_AGENTS.name, "sum without (state)"
    known = " ".join(f'and ignoring (state) {agents}{{state="{state}"}}' for state in ("available", "busy"))
    yield Record(
        names.occupancy(),
        f"{by_state} ({agents}{{{_WORKING}}})\n/\n({by_state} ({agents}{{{_WORKING_OR_FREE}}}) > 0)\n{known}",
    )
    agents = catalog.AGENTS.name
    by_level: dict[Level, str] = {"group": "by (job, instance, target, group)", "target": OF_TARGET}
    for level, labels in by_level.items():
        yield Record(
            names.occupancy(level),
            f"sum {labels} ({agents}{{{_WORKING}}})\n/\n(sum {labels} ({agents}{{{_WORKING_OR_FREE}}}) > 0)\n"
            f"unless on (job, instance, target) {_WITHOUT_CALLS}",
        )


def _trunk_usage() -> Iterator[Record]:
    """Yield the use of each trunk and of all trunks of a target; shares of trunks of unknown size do not add up."""
    in_use, capacity = catalog.TRUNK_IN_USE_PORTS.name, catalog.TRUNK_CAPACITY_PORTS.name
    own = catalog.TRUNK_USAGE.name
    yield Record(
        names.TRUNK_USAGE,
        f"{in_use} / ({capacity} > 0)\nor\n({own} unless ({in_use} and {capacity}))",
    )
    yield Record(
        names.TARGET_TRUNK_USAGE,
        f"sum {OF_TARGET} ({in_use} and {capacity})\n/\n(sum {OF_TARGET} ({capacity} and {in_use}) > 0)",
    )


def _objective() -> Record:
    """Return the share of contacts that should be answered in time: the vendor's, the threshold, or the usual 80 %."""
    warning = f'{catalog.QUEUE_SERVICE_LEVEL_THRESHOLD.name}{{severity="warning"}}'
    known = f"({catalog.QUEUE_CONTACTS_OFFERED.name} or {catalog.QUEUE_SERVICE_LEVEL.name})"
    return Record(
        names.OBJECTIVE,
        f"{catalog.QUEUE_SERVICE_LEVEL_TARGET_RATIO.name}\n"
        f"or\nsum without (severity) ({warning})\nor\n{_USUAL_OBJECTIVE} + 0 * {known}",
    )


def _burn_rate(window: BurnWindow) -> Record:
    of_queue = f"(\n  {indented(SERVICE_LEVEL.of_queue(window))}\n)"
    level = names.service_level(window) if window in RATE_WINDOWS else of_queue
    return Record(names.burn_rate(window), f"(1 - {level})\n/\n{_budget()}")


def _error_budget() -> Record:
    return Record(names.ERROR_BUDGET_REMAINING, f"1 - (1 - {names.service_level('day')}) / {_budget()}")


def _budget() -> str:
    return f"clamp_min(1 - {names.OBJECTIVE}, {_LEAST_BUDGET})"
