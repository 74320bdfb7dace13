"""Recording rules: contacts and the service level of queues over windows, occupancy, objectives and trunk usage.

Only what alerts, dashboards and runbooks read is recorded. Ten thousand queues record a third of the series that they
have, and the rules take a fraction of their interval: `python -m tests.bench --only rules` measures both.

Each window is made of recorded ones: the running total of contacts with an outcome, its difference over half an hour,
the service level of the half hour, that of the hour from two half hours, and those of hours and days from more of them.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import GROUP_KEY, QUEUE_KEY, SAME_QUEUE, TARGET_KEY, TRUNK_KEY, combined, of_same_queue
from grafana.generator.rules import names, totals
from grafana.generator.rules.names import BurnWindow
from grafana.generator.rules.quotients import ABANDONMENT, HANDLE_TIME, SERVICE_LEVEL, SPEED_OF_ANSWER
from grafana.generator.rules.rule_files import Group, Record, render
from grafana.generator.rules.windows import (
    counted,
    counted_in_an_hour,
    counted_today,
    grown,
    indented,
    overflowed_twice,
    with_promise,
)

PATH: Final = "rules/recording.yml"
DETAILS_PATH: Final = "rules/details.yml"

# Windows of half an hour and more change little within two minutes, and read every sample in them. Half an hour is a
# multiple of it, so that the total of half an hour ago was recorded at exactly that time.
_INTERVAL: Final = "2m"
# Each evaluation reads hours of samples, so it runs less often; it must stay below Prometheus's 5-minute lookback.
_LONG_INTERVAL: Final = "4m"
# Three days change little within a quarter of an hour; who reads them looks back further than Prometheus does.
_DAYS_INTERVAL: Final = "15m"
_DEFAULT_OBJECTIVE: Final = "0.8"
# An objective of 1 leaves no budget; avoid dividing by zero.
_MIN_BUDGET: Final = "0.001"
# At a true abandon rate of 5%, chance alone rarely makes more than 3 of 30 contacts abandon.
_ENOUGH_FOR_ABANDONMENT: Final = 30
_BY_TARGET: Final = f"by ({TARGET_KEY})"

_WORKING: Final = 'state=~"busy|ringing|wrap_up"'
_WORKING_OR_FREE: Final = 'state=~"available|busy|ringing|wrap_up"'
# These targets report agents as available during contacts, so occupancy is unknown.
SIGNED_IN: Final = f'{catalog.TARGET_FIGURES_INFO.name}{{available="signed_in"}}'

_LEVEL: Final = names.service_level("30m")
_COUNTED: Final = names.counted("30m")
# Of one rule and of the same labels, so that long windows need no join.
_IN_TIME: Final = f"{_LEVEL} * {_COUNTED}"


def text() -> str:
    """Return the text of the file of recording rules."""
    return render(groups())


def text_of_details() -> str:
    """Return the text of the optional file: further values of each queue, which no alert reads."""
    return render((Group("contactcenter-details", (*_more_values(), *_more_occupancy()), interval=_INTERVAL),))


def groups() -> Iterator[Group]:
    """Yield the groups, each after the groups whose series it reads."""
    yield Group("contactcenter-now", (*_occupancy(), *_trunk_usage()), interval="30s")
    yield Group("contactcenter-windows", tuple(_of_windows()), interval=_INTERVAL)
    yield Group("contactcenter-burn", tuple(_long()), interval=_LONG_INTERVAL)
    yield Group("contactcenter-burn-days", (_of_days(),), interval=_DAYS_INTERVAL)


def _of_windows() -> Iterator[Record]:
    yield _objective()
    yield Record(names.offered("30m"), grown(catalog.QUEUE_CONTACTS_OFFERED, "30m"))
    yield Record(names.COUNTED_TODAY, counted_today())
    yield Record(names.RESTARTED, f"resets({catalog.QUEUE_CONTACTS_ANSWERED.name}[30m]) > 0")
    yield Record(_COUNTED, counted("30m"))
    # Only where it differs.
    yield Record(names.COUNTED_UNIQUE, of_same_queue(_COUNTED, "-", f"{overflowed_twice('30m')} > 0"))
    yield Record(_LEVEL, f"{SERVICE_LEVEL.half_hour()}\n{with_promise('30m')}")
    in_time = grown(catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL, "30m")
    yield Record(names.IN_TIME, f"{in_time}\n{with_promise('30m', 'longer')}")
    yield from totals.of_half_hour()
    yield Record(names.service_level("30m", "target"), _of_target())
    enough = f"and {SAME_QUEUE} {_COUNTED} >= {_ENOUGH_FOR_ABANDONMENT}"
    yield Record(names.ABANDONMENT_OF_ENOUGH, f"{ABANDONMENT.half_hour()}\n{enough}")
    # An objective met needs no alert, and its longer windows are not recorded.
    below = f"< {SAME_QUEUE} group_left () max without (queue) ({names.OBJECTIVE})"
    yield Record(names.service_level("1h"), f"{_of_two_half_hours()}\n{below}\n{with_promise('1h')}")
    # Alerts read it only together with a missed objective.
    yield Record(names.service_level("6m"), f"{_of_minutes()}\nand {SAME_QUEUE} {names.service_level('1h')}")
    yield from totals.of_day()


def _of_two_half_hours() -> str:
    """Return the service level of an hour; a half hour without contacts has none of its own.

    A half hour with contacts and without a service level is unknown, and so is its hour.
    """
    level_before, counted_before = f"{_LEVEL} offset 30m", f"{_COUNTED} offset 30m"
    before = (
        f"{level_before} * {counted_before}\n    or 0 * ({counted_before} < 0.5)"
        f"\n    or 0 * ({_COUNTED} unless {counted_before})"
    )
    return (
        f"(\n  ({_IN_TIME} or 0 * ({_COUNTED} < 0.5))\n  + (\n    {before}\n  )\n)\n/\n({counted_in_an_hour()} > 0.5)"
    )


def _of_minutes() -> str:
    in_time = grown(catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL, "6m")
    contacts = f"({indented(counted('6m'))}) > 0.5"
    return f"clamp_max(\n  {of_same_queue(in_time, '/', contacts)},\n  1\n)"


def _long() -> Iterator[Record]:
    hours = f"sum_over_time({_COUNTED}[6h:30m])"
    yield Record(names.counted("6h"), f"{hours} {with_promise('30m', 'longer')}")
    in_time = f"sum_over_time({names.IN_TIME}[6h:30m]) and {names.IN_TIME}"
    of_long_promise = of_same_queue(f"({in_time})", "/", f"{names.counted('6h')} > 0.5")
    # Half hours that overlap.
    missed = f"{_weighted('6h:10m')} < {SAME_QUEUE} group_left () max without (queue) ({names.OBJECTIVE})"
    of_hours = f"clamp_max({of_long_promise}, 1)\nor {SAME_QUEUE}\n{missed}"
    yield Record(names.service_level("6h"), f"(\n  {indented(of_hours)}\n)\n{with_promise('6h')}")


def _of_days() -> Record:
    return Record(names.service_level("3d"), f"{_weighted('3d:30m')}\nand {SAME_QUEUE} {_missed('6h')}")


def _weighted(window: str) -> str:
    """Return the service level over a window and step of half hours, each weighted by its contacts."""
    return f"sum_over_time(({_IN_TIME})[{window}]) / (sum_over_time(({_COUNTED} and {_LEVEL})[{window}]) > 0.5)"


def _missed(window: BurnWindow) -> str:
    return f"({of_same_queue(names.service_level(window), '<', names.OBJECTIVE)})"


def _of_target() -> str:
    """Return the service level of targets; a contact that overflowed counts once where the vendor reports that."""
    contacts = f"sum {_BY_TARGET} ({totals.WITH_LEVEL}) > 0.5"
    return f"clamp_max(sum {_BY_TARGET} ({totals.IN_TIME}) / ({contacts}), 1)"


def _more_values() -> Iterator[Record]:
    yield Record(names.service_level("day"), SERVICE_LEVEL.today())
    yield Record(names.abandonment("day"), ABANDONMENT.today())
    yield Record(names.abandonment("30m"), ABANDONMENT.half_hour())
    yield Record(names.speed_of_answer("day"), SPEED_OF_ANSWER.today())
    yield Record(names.handle_time("day"), HANDLE_TIME.today())
    yield Record(names.speed_of_answer("30m"), SPEED_OF_ANSWER.half_hour())
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
