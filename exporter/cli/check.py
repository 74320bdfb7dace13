"""`check --connect`: sign in to every target, poll each resource once and report the results."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from exporter.model import ITEM_KINDS, Failure, Snapshot
from exporter.polling.connection import close, connect
from exporter.polling.naming import Directory
from exporter.polling.once import poll_once
from exporter.polling.pattern_use import PatternUse
from exporter.polling.selection import select_items
from exporter.polling.status_page import status_page_of
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, vendor_of
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.http import Http, open_session
from exporter.vendors.toolkit.proxy import proxy_of

_HEAD = ("TARGET", "RESOURCE", "RESULT", "ROWS", "MILLISECONDS", "REQUESTS/MIN")


class Attempt(NamedTuple):
    """The result of polling one resource.

    Attributes:
        target: The target.
        resource: The resource, "" for the target itself.
        failure: The reason of a failure, "" on success.
        rows: The number of selected queues, numbers, agents and trunks returned.
        seconds: The duration of the poll.
        requests_a_minute: The requests that regular polls need, without sign-ins; None if the poll failed.
    """

    target: str
    resource: str
    failure: str = ""
    rows: int = 0
    seconds: float = 0.0
    requests_a_minute: float | None = None


class Checked(NamedTuple):
    """The result of checking targets.

    Attributes:
        attempts: The result of each resource.
        warnings: Configured patterns that match nothing, as sentences.
    """

    attempts: Sequence[Attempt]
    warnings: Sequence[str]


async def try_targets(targets: Iterable[TargetSettings], clock: Clock) -> Checked:
    """Poll every resource of every target once, targets concurrently."""
    results = await asyncio.gather(*(_try_target(target, clock) for target in targets))
    return Checked(
        [attempt for result in results for attempt in result.attempts],
        [warning for result in results for warning in result.warnings],
    )


def report(checked: Checked) -> str:
    """Format attempts as a plain-text table, followed by the warnings."""
    rows = [
        _HEAD,
        *(
            (
                each.target,
                each.resource,
                each.failure or "ok",
                str(each.rows),
                f"{each.seconds * 1000:.0f}",
                _shown(each.requests_a_minute),
            )
            for each in checked.attempts
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    warnings = (f"warning: {warning}" for warning in checked.warnings)
    return "".join(f"{line}\n" for line in (*lines, *_sums(checked.attempts), *warnings))


def _sums(attempts: Sequence[Attempt]) -> Iterator[str]:
    """Yield the requests a minute of each target, as far as its polls succeeded."""
    for target in dict.fromkeys(each.target for each in attempts):
        figures = [each.requests_a_minute for each in attempts if each.target == target]
        known = [figure for figure in figures if figure is not None]
        at_least = "" if len(known) == len(figures) else "at least "
        yield f"target {target}: {at_least}{_shown(sum(known))} requests a minute"


def _shown(requests_a_minute: float | None) -> str:
    return "-" if requests_a_minute is None else f"{requests_a_minute:.3g}"


async def _try_target(target: TargetSettings, clock: Clock) -> Checked:
    try:
        session = open_session(target)
    except OSError as error:
        return Checked([Attempt(target.name, "", f"tls: {error}")], ())
    vendor = vendor_of(target)
    async with session:
        http = Http(
            session, clock, body_bytes=target.limits.body_bytes, answered=_ignore_status, proxy=proxy_of(target)
        )
        client, resources = connect(target, http, clock)
        page = status_page_of(target, clock)
        if page is not None:
            resources = [*resources, page.resource]
        attempts: list[Attempt] = []
        snapshots: dict[Resource, Snapshot] = {}
        for resource in resources:
            failed = next((each.resource for each in attempts if each.failure), "")
            attempt, snapshot = await _try_resource(target, resource, http, clock, failed)
            attempts.append(attempt)
            if snapshot is not None:
                snapshots[resource] = snapshot
        unclosed = await close(client)
        if unclosed is not None:
            attempts.append(Attempt(target.name, "", f"failed to close the vendor session: {unclosed.error}"))
        if page is not None:
            await page.close()
    directory = Directory(target.channels, vendor_returns_channels=vendor.returns_channels)
    selected, warnings = _apply(target, directory, snapshots)
    return Checked([each._replace(rows=selected.get(each.resource, 0)) for each in attempts], warnings)


async def _try_resource(
    target: TargetSettings, resource: Resource, http: Http, clock: Clock, failed: str
) -> tuple[Attempt, Snapshot | None]:
    """Poll a resource until it returns data; return the result and the data.

    Args:
        target: The target.
        resource: The resource.
        http: Sends its requests.
        clock: Measures time.
        failed: A resource of the target that failed before, "" if there is none.
    """
    polled = await poll_once(target, resource, http, clock, failed)
    attempt = Attempt(target.name, resource.name, polled.failure, seconds=polled.seconds)
    snapshot = polled.snapshot
    if snapshot is None:
        return attempt, None
    requests = _requests_a_minute(resource, polled.cadence, snapshot, polled.gets)
    return attempt._replace(failure=_failed_requests(snapshot), requests_a_minute=requests), snapshot


def _requests_a_minute(resource: Resource, cadence: Cadence, snapshot: Snapshot, gets: int) -> float:
    """Return how many requests regular polls need, if they are like the first one.

    Args:
        resource: The resource.
        cadence: Its times.
        snapshot: What the first poll returned.
        gets: The GET requests of that poll.
    """
    if resource.requests_a_minute is not None:
        return resource.requests_a_minute()
    # A round requests each item once, however many polls it takes.
    requests = gets if snapshot.poll_items is None else snapshot.poll_items.total
    return 60.0 * requests / cadence.effective


def _ignore_status(_status: int) -> None:
    """Ignore the status of a response; the result of the poll covers it."""


def _failed_requests(snapshot: Snapshot) -> str:
    """Return which of the requests of a successful poll failed, "" if none did."""
    failures = [str(why) for _, why in snapshot.unmapped if isinstance(why, Failure)]
    items = snapshot.poll_items
    if items is not None and items.failed:
        failures.append(f"{items.failed} of {items.total} requests failed: {items.error}")
    return "; ".join(failures)


def _apply(
    target: TargetSettings, directory: Directory, snapshots: Mapping[Resource, Snapshot]
) -> tuple[Mapping[str, int], Sequence[str]]:
    """Return the number of selected items of each resource, and a warning for each setting that matches nothing."""
    patterns = PatternUse(target)
    rows: dict[str, int] = {}
    for resource in snapshots:
        directory.add(resource.name)
    for resource, snapshot in snapshots.items():
        directory.record(resource.name, snapshot)
    for resource, snapshot in snapshots.items():
        named = directory.named(resource.name, snapshot)
        selected = select_items(named, target.select)
        patterns.record(resource.name, named, selected, carries_thresholds=resource.carries_thresholds)
        rows[resource.name] = sum(len(getattr(selected, kind) or ()) for kind in ITEM_KINDS)
    return rows, [f"target {target.name}: {each}" for each in patterns.unmatched()]
