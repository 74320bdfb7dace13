"""Recording rules: contacts, ratios and means of queues over windows, occupancy, objectives and trunk usage.

Only what alerts, dashboards and runbooks read is recorded. Ten thousand queues record a third of the series that they
have, and the rules take a fraction of their interval: `python -m tests.bench --only rules` measures both.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import GROUP_KEY, QUEUE_KEY, TARGET_KEY, TRUNK_KEY, combined
from grafana.generator.rules import names
from grafana.generator.rules.names import BurnWindow
from grafana.generator.rules.rule_files import Group, Record, render
from grafana.generator.rules.windows import (
    ABANDONMENT,
    HANDLE_TIME,
    SERVICE_LEVEL,
    SPEED_OF_ANSWER,
    counted,
    grown,
    indented,
    overflowed_twice,
    with_promise,
)

PATH: Final = "rules/recording.yml"
DETAILS_PATH: Final = "rules/details.yml"

# Windows of half an hour and more change little within two minutes, and read every sample in them.
_INTERVAL: Final = "2m"
# Each evaluation reads hours of samples, so it runs less often; it must stay below Prometheus's 5-minute lookback.
_LONG_INTERVAL: Final = "2m"
_DEFAULT_OBJECTIVE: Final = "0.8"
# An objective of 1 leaves no budget; avoid dividing by zero.
_MIN_BUDGET: Final = "0.001"
_ON: Final = f"on ({QUEUE_KEY})"
_BY_TARGET: Final = f"by ({TARGET_KEY})"

_WORKING: Final = 'state=~"busy|ringing|wrap_up"'
_WORKING_OR_FREE: Final = 'state=~"available|busy|ringing|wrap_up"'
# These targets report agents as available during contacts, so occupancy is unknown.
SIGNED_IN: Final = f'{catalog.TARGET_FIGURES_INFO.name}{{available="signed_in"}}'


def text() -> str:
    """Return the text of the file of recording rules."""
    return render(groups())


def text_of_details() -> str:
    """Return the text of the optional file: further values of each queue, which no alert reads."""
    return render((Group("contactcenter-details", (*_of_day(), *_more_occupancy()), interval=_INTERVAL),))


def groups() -> Iterator[Group]:
    """Yield the groups, each after the groups whose series it reads."""
    yield Group("contactcenter-now", (*_occupancy(), *_trunk_usage(), _objective()))
    yield Group("contactcenter-windows", tuple(_of_windows()), interval=_INTERVAL)
    yield Group("contactcenter-burn", tuple(_long()), interval=_LONG_INTERVAL)


def _of_windows() -> Iterator[Record]:
    yield Record(names.offered("30m"), grown(catalog.QUEUE_CONTACTS_OFFERED, "30m"))
    yield Record(names.counted("30m"), counted("30m"))
    yield Record(names.COUNTED_UNIQUE, combined(names.counted("30m"), "-", overflowed_twice("30m")))
    yield _service_level("30m")
    yield Record(names.service_level("30m", "target"), _of_target())
    yield Record(names.abandonment("30m"), ABANDONMENT.of_queue("30m"))
    yield Record(names.speed_of_answer("30m"), SPEED_OF_ANSWER.of_queue("30m"))
    yield Record(names.handle_time("30m"), HANDLE_TIME.of_queue("30m"))
    yield Record(names.counted("1h"), counted("1h"))
    yield _service_level("1h")
    # Alerts read it only together with a missed objective.
    yield _if_missed(_service_level("5m"), "1h")


def _long() -> Iterator[Record]:
    half_hours = f"sum_over_time({names.counted('30m')}[6h:30m])"
    yield Record(names.counted("6h"), f"{half_hours} {with_promise('30m', 'longer')}")
    yield Record(names.service_level("6h"), _within_promise(SERVICE_LEVEL.of_queue("6h"), "6h"))
    # Of whole hours: days of samples of all totals would take longer to read than the interval.
    in_time = f"sum_over_time(({combined(names.service_level('1h'), '*', names.counted('1h'))})[3d:1h])"
    contacts = f"sum_over_time(({names.counted('1h')} and {_ON} {names.service_level('1h')})[3d:1h])"
    days = combined(in_time, "/", f"{contacts} > 0.5")
    yield _if_missed(Record(names.service_level("3d"), f"{days} and {_ON} {names.service_level('6h')}"), "6h")


def _service_level(window: BurnWindow) -> Record:
    return Record(names.service_level(window), _within_promise(SERVICE_LEVEL.of_queue(window), window))


def _within_promise(expr: str, window: BurnWindow) -> str:
    return f"(\n  {indented(expr)}\n)\n{with_promise(window)}"


def _if_missed(record: Record, window: BurnWindow) -> Record:
    """Return a record only of the queues that miss their objective over another window."""
    missed = f"({names.service_level(window)} < {_ON} group_left () max by ({QUEUE_KEY}) ({names.OBJECTIVE}))"
    return Record(record.name, f"(\n  {indented(record.expr)}\n)\nand {_ON} {missed}")


def _of_target() -> str:
    """Return the service level of targets; a contact that overflowed counts once where the vendor reports that."""
    level, contacts = names.service_level("30m"), names.counted("30m")
    once = f"({names.COUNTED_UNIQUE} or {_ON} {contacts})"
    return (
        f"clamp_max(\n  sum {_BY_TARGET} ({combined(level, '*', contacts)})\n  /\n"
        f"  (sum {_BY_TARGET} ({once} and {_ON} {level}) > 0.5),\n  1\n)"
    )


def _of_day() -> Iterator[Record]:
    yield Record(names.counted("day"), counted("day"))
    yield Record(names.service_level("day"), SERVICE_LEVEL.of_queue("day"))
    yield Record(names.abandonment("day"), ABANDONMENT.of_queue("day"))
    yield Record(names.speed_of_answer("day"), SPEED_OF_ANSWER.of_queue("day"))
    yield Record(names.handle_time("day"), HANDLE_TIME.of_queue("day"))
    yield Record(names.ERROR_BUDGET_REMAINING, budget_left(names.service_level("day")))


def burn_rate(service_level: str, objective: str = names.OBJECTIVE) -> str:
    """Return the burn rate of the error budget at a service level; 1 just meets the objective.

    Args:
        service_level: A service level of queues.
        objective: Their objectives.
    """
    return combined(f"(1 - {service_level})", "/", f"clamp_min(1 - {objective}, {_MIN_BUDGET})")


def budget_left(service_level: str, objective: str = names.OBJECTIVE) -> str:
    """Return the share of the error budget that a service level leaves; negative if it is exceeded."""
    return f"1 - {burn_rate(service_level, objective)}"


def _occupancy() -> Iterator[Record]:
    yield Record(names.occupancy("group"), _occupied(f"by ({GROUP_KEY})"))


def _more_occupancy() -> Iterator[Record]:
    """Yield the occupancy of targets and queues.

    The occupancy of a target is computed from its agents, not its queues, because an agent may serve several queues.
    The occupancy of a queue requires both its free and its busy agents. Bright Pattern reports the free agents of a
    queue only if there are none, so its queues have an occupancy, of 1, only then.
    """
    yield Record(names.occupancy("target"), _occupied(_BY_TARGET))
    agents, by_state = catalog.QUEUE_AGENTS.name, "sum without (state)"
    known = " ".join(f'and ignoring (state) {agents}{{state="{state}"}}' for state in ("available", "busy"))
    yield Record(
        names.occupancy("queue"),
        f"{by_state} ({agents}{{{_WORKING}}})\n/\n({by_state} ({agents}{{{_WORKING_OR_FREE}}}) > 0)\n{known}\n"
        f"unless on ({TARGET_KEY}) {SIGNED_IN}",
    )


def _occupied(labels: str) -> str:
    agents = catalog.AGENTS.name
    return (
        f"sum {labels} ({agents}{{{_WORKING}}})\n/\n(sum {labels} ({agents}{{{_WORKING_OR_FREE}}}) > 0)\n"
        f"unless on ({TARGET_KEY}) {SIGNED_IN}"
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
        f"sum {_BY_TARGET} ({in_use} and {on_trunk} {ports})"
        f"\n/\n(sum {_BY_TARGET} ({capacity} and {on_trunk} {in_use}) > 0)",
    )


def _objective() -> Record:
    """Return the service level objective: the vendor's target, else 80%; a warning threshold is not an objective."""
    on_queue = f"on ({QUEUE_KEY})"
    known = f"({catalog.QUEUE_CONTACTS_OFFERED.name} or {on_queue} {catalog.QUEUE_SERVICE_LEVEL.name})"
    return Record(
        names.OBJECTIVE,
        f"{catalog.QUEUE_SERVICE_LEVEL_TARGET_RATIO.name}\nor {on_queue}\n{_DEFAULT_OBJECTIVE} + 0 * {known}",
    )
