"""`check --connect`: sign in to every target, poll each resource once and report the results."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exporter.errors import PollError
from exporter.model import Failure, Snapshot
from exporter.polling.selection import select_items, wanted_resources
from exporter.runtime.clock import Clock
from exporter.settings import Select, TargetSettings
from exporter.vendors.base import Resource, load_vendor
from exporter.vendors.toolkit.http import Http, open_session
from exporter.vendors.toolkit.proxy import proxy_of

_HEAD = ("TARGET", "RESOURCE", "RESULT", "ROWS", "MILLISECONDS")


class Attempt(NamedTuple):
    """The result of polling one resource.

    Attributes:
        target: The target.
        resource: The resource, "" for the target itself.
        failure: The reason of a failure, "" on success.
        rows: The number of selected queues, numbers, agents and trunks returned.
        seconds: The duration of the poll.
    """

    target: str
    resource: str
    failure: str = ""
    rows: int = 0
    seconds: float = 0.0


async def try_targets(targets: Iterable[TargetSettings], clock: Clock) -> Sequence[Attempt]:
    """Poll every resource of every target once, targets concurrently."""
    results = await asyncio.gather(*(_try_target(target, clock) for target in targets))
    return [attempt for attempts in results for attempt in attempts]


def table(attempts: Sequence[Attempt]) -> str:
    """Format attempts as a plain-text table."""
    rows = [
        _HEAD,
        *(
            (each.target, each.resource, each.failure or "ok", str(each.rows), f"{each.seconds * 1000:.0f}")
            for each in attempts
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


async def _try_target(target: TargetSettings, clock: Clock) -> list[Attempt]:
    try:
        session = open_session(target)
    except OSError as error:
        return [Attempt(target.name, "", f"tls: {error}")]
    async with session:
        http = Http(
            session, clock, body_bytes=target.limits.body_bytes, answered=_ignore_status, proxy=proxy_of(target)
        )
        client = load_vendor(target.vendor).connect(target, http, clock)
        attempts = [
            await _try_resource(target, resource, clock) for resource in wanted_resources(client.resources, target)
        ]
        try:
            await client.close()
        except PollError as error:
            attempts.append(Attempt(target.name, "", f"failed to close the vendor session: {error}"))
        return attempts


async def _try_resource(target: TargetSettings, resource: Resource, clock: Clock) -> Attempt:
    started = clock.monotonic()
    failure, rows = "", 0
    try:
        async with asyncio.timeout(target.poll.timeout):
            snapshot = await resource.fetch()
        rows, failure = _rows(snapshot, target.select), _failed_items(snapshot)
    except PollError as error:
        failure = f"{error.reason.value}: {error}"
    except TimeoutError:
        failure = f"timeout: no answer within {target.poll.timeout:g}s"
    return Attempt(target.name, resource.name, failure, rows, clock.monotonic() - started)


def _ignore_status(_status: int) -> None:
    """Ignore the status of a response; the result of the poll covers it."""


def _failed_items(snapshot: Snapshot | None) -> str:
    """Return the first of the requests for single items that failed, and their number; "" if none failed."""
    failures = () if snapshot is None else [why for _, why in snapshot.unmapped if isinstance(why, Failure)]
    return f"{len(failures)} requests failed: {failures[0]}" if failures else ""


def _rows(snapshot: Snapshot | None, select: Select) -> int:
    if snapshot is None:
        return 0
    snapshot = select_items(snapshot, select)
    return len(snapshot.queues) + len(snapshot.agents or ()) + len(snapshot.trunks) + len(snapshot.numbers)
