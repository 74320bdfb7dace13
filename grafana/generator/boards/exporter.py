"""The dashboard of the exporter, for SREs: the reliability of the data on the other dashboards."""

from functools import partial
from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.boards import colours, table_panels, value_mappings, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import (
    BYTES,
    PER_MINUTE,
    RATIO,
    SECONDS,
    About,
    Query,
    lines,
    number,
    timeline,
)
from grafana.generator.boards.promql import QUEUE, RESOURCE, each, of_job, of_target, per_minute, total
from grafana.generator.boards.table_panels import Column, Rows

_small: Final = partial(About, width=4, height=4)
_NAME: Final = "{{resource}} · {{target}}"
_ANY_IS_BAD: Final = ((1, colours.ACT),)
_CODES: Final = ("target", "code")
_AGE_STEPS: Final = ((2.5, colours.WATCH), (3, colours.ACT))
_USE_STEPS: Final = ((0.5, colours.WATCH), (0.9, colours.ACT))


def board() -> Board:
    """Return the dashboard."""
    return Board(
        name="exporter",
        title="Contact centre: exporter",
        description="For SREs: polls and their failures, the age of the data, limits, and the process.",
        variables=(variables.data_source(), variables.job(), variables.target()),
        rows=(
            Row("Now", (*_now(), _resources())),
            Row("Polls", _polls()),
            Row("Processing of responses", _processing()),
            Row("Process", _process()),
        ),
    )


def _now() -> tuple[model.Panel, ...]:
    down = total(RESOURCE, f"1 - {of_target(catalog.UP)}")
    age = f"max({_age()} / {of_target(catalog.POLL_INTERVAL)})"
    series, dropped = (total(("target",), of_target(family)) for family in (catalog.SERIES, catalog.SERIES_DROPPED))
    loaded = f"min({of_job(catalog.CONFIG_RELOAD_SUCCESSFUL)})"
    loaded_since = f"time() - min({of_job(catalog.CONFIG_RELOAD_TIMESTAMP)})"
    oldest = "Age of the oldest data in its own poll intervals: up to 2 is normal; series expire at 3 by default."
    left_out = "Series dropped because a contact centre exceeded its series limit."
    age_of_config = "Time since the configuration was last loaded successfully."
    return (
        number(_small("Resources down", "Resources whose last poll failed.", steps=_ANY_IS_BAD), Query(down, "down")),
        number(_small("Oldest data, in intervals", oldest, steps=_AGE_STEPS, decimals=1), Query(age, "age")),
        number(_small("Series", "Series exposed for the selected contact centres."), Query(series, "series")),
        number(_small("Series dropped", left_out, steps=_ANY_IS_BAD), Query(dropped, "dropped")),
        number(
            _small("Configuration loaded", "Whether the last reload succeeded."),
            Query(loaded, "loaded"),
            value_mappings.YES_NO,
        ),
        number(_small("Configuration age", age_of_config, unit=SECONDS, decimals=0), Query(loaded_since, "age")),
    )


def _resources() -> model.Panel:
    rows = Rows({"target": "Contact centre", "resource": "Resource"}, sort_by=("Age in intervals",))
    failures = f"increase({of_target(catalog.POLL_FAILURES)}[1h])"
    columns = (
        Column("State", each(RESOURCE, of_target(catalog.UP)), words=value_mappings.UP),
        Column("Age", each(RESOURCE, _age()), SECONDS, decimals=0),
        Column("Interval", each(RESOURCE, of_target(catalog.POLL_INTERVAL)), SECONDS),
        Column(
            "Age in intervals",
            each(RESOURCE, f"{_age()} / {of_target(catalog.POLL_INTERVAL)}"),
            steps=_AGE_STEPS,
            base=colours.OK,
            decimals=1,
        ),
        Column("Last poll took", each(RESOURCE, of_target(catalog.POLL_DURATION)), SECONDS),
        Column("Polls, last hour", each(RESOURCE, f"increase({of_target(catalog.POLLS)}[1h])"), decimals=0),
        Column("Failed, last hour", total((*RESOURCE, "reason"), failures, ", ".join(RESOURCE)), decimals=0),
    )
    text = "Every resource of the selected contact centres: the result of its last poll, and the age of its data."
    return table_panels.build(About("Resources now", text, width=24, height=10), rows, columns)


def _polls() -> tuple[model.Panel, ...]:
    duration = f"{of_target(catalog.POLL_DURATION)} / {of_target(catalog.POLL_INTERVAL)}"
    age = f"{_age()} / {of_target(catalog.POLL_INTERVAL)}"
    failures = per_minute(of_target(catalog.POLL_FAILURES))
    requests = per_minute(of_target(catalog.API_REQUESTS))
    interval = "Duration of a poll as a share of its interval: near 100 % the vendor is too slow for the interval."
    return (
        timeline(
            About("Up", "Whether the last poll of each resource succeeded, over time.", width=12, height=9),
            Query(each(RESOURCE, of_target(catalog.UP)), _NAME),
            value_mappings.UP,
        ),
        lines(
            About("Poll failures by reason", "Failed polls a minute, by reason.", PER_MINUTE, 12, 9),
            Query(total((*RESOURCE, "reason"), failures, "reason"), "{{reason}}"),
        ),
        lines(
            About("Poll duration per interval", interval, RATIO, 8, steps=_USE_STEPS),
            Query(each(RESOURCE, duration), _NAME),
        ),
        lines(
            About(
                "Oldest data, in intervals",
                "Age of the oldest data of each contact centre in its own poll intervals.",
                steps=_AGE_STEPS,
            ),
            Query(each(("target",), age), "{{target}}"),
        ),
        lines(
            About("API responses by status", "HTTP responses of the vendors a minute, by status code.", PER_MINUTE),
            Query(total(_CODES, requests, "target, code"), "{{code}} · {{target}}"),
        ),
    )


def _processing() -> tuple[model.Panel, ...]:
    return (
        lines(
            About("Series", "Series exposed, by contact centre."),
            Query(each(("target",), of_target(catalog.SERIES)), "{{target}}"),
        ),
        _rare(
            "Unmapped values",
            "Vendor values without a mapping, dropped or exported as unknown, a minute.",
            catalog.UNMAPPED_VALUES,
        ),
        _rare(
            "Suppressed decreases",
            "Small decreases of a vendor total a minute, suppressed to avoid a false counter reset.",
            catalog.SUPPRESSED_DECREASES,
        ),
        _differences(),
    )


def _differences() -> model.Panel:
    """Return the panel of single contacts that are not visible; a target without single contacts has no line."""
    difference = each(QUEUE, of_target(catalog.QUEUE_CONTACTS_ANSWERED_DIFFERENCE))
    at_the_end = each(QUEUE, f"{of_target(catalog.QUEUE_CONTACTS_ANSWERED_DIFFERENCE)} @ end()")
    text = (
        "Answered contacts of the last 24 hours in the vendor's own totals, less those observed one by one: well above "
        "0 if single contacts of the queue are not visible to the exporter's user. A gap, not 0, where they are off. "
        "The 10 queues with the largest difference at the end."
    )
    about = About("Single contacts that are missing", text, width=24)
    return lines(about, Query(f"{difference} and topk(10, {at_the_end})", "{{queue}} · {{channel}} · {{target}}"))


def _process() -> tuple[model.Panel, ...]:
    instance = "{{instance}}"
    cpu = f"rate({of_job('process_cpu_seconds_total')}[$__rate_interval])"
    collections = f"sum by (instance) (rate({of_job('python_gc_collections_total')}[$__rate_interval])) * 60"
    return (
        lines(About("CPU", "CPU usage of the exporter, as a share of one core.", RATIO, 6), Query(cpu, instance)),
        lines(
            About("Memory", "Resident memory of the exporter.", BYTES, 6),
            Query(of_job("process_resident_memory_bytes"), instance),
        ),
        lines(
            About("File descriptors", "Open file descriptors as a share of their limit.", RATIO, 6, steps=_USE_STEPS),
            Query(f"{of_job('process_open_fds')} / {of_job('process_max_fds')}", instance),
        ),
        lines(About("Garbage collections", "Collections a minute.", PER_MINUTE, 6), Query(collections, instance)),
        table_panels.build(
            About("Versions", "The versions of the scraped exporters.", width=24, height=4),
            Rows({"instance": "Instance", "job": "Job", "version": "Version", "python": "Python"}),
            (
                Column("Running", each(("instance", "job", "version", "python"), of_job(catalog.BUILD_INFO))),
                Column("Up for", _uptime(), SECONDS),
            ),
        ),
    )


def _uptime() -> str:
    started = each(("instance", "job"), of_job("process_start_time_seconds"))
    build = each(("instance", "job", "version", "python"), of_job(catalog.BUILD_INFO))
    return f"(time() - {started}) * on (instance, job) group_right () {build}"


def _rare(title: str, text: str, family: Family) -> model.Panel:
    """Return a panel of a counter that is absent before its first event; it shows 0 until then."""
    events = f"sum by (target) ({per_minute(of_target(family))})"
    zero = f"{each(('target',), of_target(catalog.SERIES))} * 0"
    return lines(About(title, text, PER_MINUTE), Query(f"{events} or {zero}", "{{target}}"))


def _age() -> str:
    """Return the age of the data at the scrape, without the time that has passed since then."""
    success = of_target(catalog.LAST_SUCCESS_TIMESTAMP)
    return f"(timestamp({success}) - {success})"
