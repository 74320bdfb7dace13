"""Recording rules: ratios and means of queues and targets over windows, occupancy, error budgets and trunk usage."""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.joins import GROUP_KEY, QUEUE_KEY, TARGET_KEY, TRUNK_KEY, combined
from grafana.generator.rules import names
from grafana.generator.rules.names import BURN_WINDOWS, RATE_WINDOWS, WINDOWS, BurnWindow, Level, RateWindow, Window
from grafana.generator.rules.rule_files import Group, Record, render
from grafana.generator.rules.windows import OF_TARGET, RECORDED, SERVICE_LEVEL, grown, indented

PATH: Final = "rules/recording.yml"

_LONG_WINDOWS: Final = tuple(window for window in BURN_WINDOWS if window not in RATE_WINDOWS)
# Each evaluation reads days of samples, so it runs less often; it must stay below Prometheus's 5-minute lookback.
_LONG_INTERVAL: Final = "2m"
_DEFAULT_OBJECTIVE: Final = "0.8"
# An objective of 1 leaves no budget; avoid dividing by zero.
_MIN_BUDGET: Final = "0.001"

_WORKING: Final = 'state=~"busy|ringing|wrap_up"'
_WORKING_OR_FREE: Final = 'state=~"available|busy|ringing|wrap_up"'
# These targets report agents as available during calls, so occupancy is unknown.
_WITHOUT_OCCUPANCY: Final = f'{catalog.TARGET_INFO.name}{{vendor="apio"}}'


def text() -> str:
    """Return the text of the file of recording rules."""
    return render(groups())


def groups() -> Iterator[Group]:
    """Yield the groups, each after the groups whose series it reads."""
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
    for quotient, name in RECORDED:
        yield Record(name(window), quotient.of_queue(window))
        yield Record(name(window, "target"), quotient.of_target(window, name(window)))
    yield _error_budget() if window == "day" else _burn_rate(window)


def _grown(name: str, total: Family, window: RateWindow) -> Record:
    return Record(name, grown(total.name, window).removeprefix("(").removesuffix(")"))


def _counted(window: Window | BurnWindow) -> Record:
    """Return the counted contacts; vendors that report no short abandons count every offered contact."""
    offered = names.offered(window) if window in RATE_WINDOWS else grown(catalog.QUEUE_CONTACTS_OFFERED.name, window)
    short = grown(catalog.QUEUE_CONTACTS_ABANDONED_SHORT.name, window)
    return Record(names.counted(window), combined(offered, "-", f"{short} or on ({QUEUE_KEY}) 0 * {offered}"))


def _occupancy() -> Iterator[Record]:
    """Yield the occupancy of queues, groups and targets.

    The occupancy of a target is computed from its agents, not its queues, because an agent may serve several queues.
    The occupancy of a queue requires both its free and its busy agents. Bright Pattern reports the free agents of a
    queue only if there are none, so its queues have an occupancy, of 1, only then.
    """
    agents, by_state = catalog.QUEUE_AGENTS.name, "sum without (state)"
    known = " ".join(f'and ignoring (state) {agents}{{state="{state}"}}' for state in ("available", "busy"))
    yield Record(
        names.occupancy(),
        f"{by_state} ({agents}{{{_WORKING}}})\n/\n({by_state} ({agents}{{{_WORKING_OR_FREE}}}) > 0)\n{known}",
    )
    agents = catalog.AGENTS.name
    by_level: dict[Level, str] = {"group": f"by ({GROUP_KEY})", "target": OF_TARGET}
    for level, labels in by_level.items():
        yield Record(
            names.occupancy(level),
            f"sum {labels} ({agents}{{{_WORKING}}})\n/\n(sum {labels} ({agents}{{{_WORKING_OR_FREE}}}) > 0)\n"
            f"unless on ({TARGET_KEY}) {_WITHOUT_OCCUPANCY}",
        )


def _trunk_usage() -> Iterator[Record]:
    """Yield the usage of each trunk and each target; trunks of unknown capacity do not count towards the target.

    Ports in fault or in maintenance carry no calls and do not count as capacity.
    """
    in_use, ports = catalog.TRUNK_IN_USE_PORTS.name, catalog.TRUNK_CAPACITY_PORTS.name
    out_of_order = f'sum by ({TRUNK_KEY}) ({catalog.TRUNK_PORTS.name}{{state=~"fault|maintenance"}})'
    capacity = f"({combined(ports, '-', f'{out_of_order} or on ({TRUNK_KEY}) 0 * {ports}', TRUNK_KEY)})"
    reported, on_trunk = catalog.TRUNK_USAGE.name, f"on ({TRUNK_KEY})"
    known = combined(in_use, "/", f"{capacity} > 0", TRUNK_KEY)
    unknown = f"unless {on_trunk} ({in_use} and {on_trunk} {ports})"
    yield Record(names.TRUNK_USAGE, f"{known}\nor {on_trunk}\n({reported} {unknown})")
    yield Record(
        names.TARGET_TRUNK_USAGE,
        f"sum {OF_TARGET} ({in_use} and {on_trunk} {ports})"
        f"\n/\n(sum {OF_TARGET} ({capacity} and {on_trunk} {in_use}) > 0)",
    )


def _objective() -> Record:
    """Return the service level objective: the vendor's target, else 80%; a warning threshold is not an objective."""
    on_queue = f"on ({QUEUE_KEY})"
    known = f"({catalog.QUEUE_CONTACTS_OFFERED.name} or {on_queue} {catalog.QUEUE_SERVICE_LEVEL.name})"
    return Record(
        names.OBJECTIVE,
        f"{catalog.QUEUE_SERVICE_LEVEL_TARGET_RATIO.name}\n"
        f"or {on_queue}\n{_DEFAULT_OBJECTIVE} + 0 * {known}",
    )


def _burn_rate(window: BurnWindow) -> Record:
    of_queue = f"(\n  {indented(SERVICE_LEVEL.of_queue(window))}\n)"
    service_level = names.service_level(window) if window in RATE_WINDOWS else of_queue
    return Record(names.burn_rate(window), combined(f"(1 - {service_level})", "/", _budget()))


def _error_budget() -> Record:
    return Record(
        names.ERROR_BUDGET_REMAINING, "1 - " + combined(f"(1 - {names.service_level('day')})", "/", _budget())
    )


def _budget() -> str:
    return f"clamp_min(1 - {names.OBJECTIVE}, {_MIN_BUDGET})"
