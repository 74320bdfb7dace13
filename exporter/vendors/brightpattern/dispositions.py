"""Dispositions to subscribe to: the configured ones, or those that the vendor lists for all supervised services."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from exporter.errors import PollError
from exporter.runtime.clock import Clock
from exporter.vendors.brightpattern.api import BrightPatternApi
from exporter.vendors.brightpattern.settings import MAX_DISPOSITIONS, BrightPatternSettings
from exporter.vendors.toolkit.readers import NoValueError, UnmappedError, text

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Dispositions are configured at the vendor, and seldom change.
_REFRESH_SECONDS = 900.0
# The names are not worth a poll that times out.
_SHARE_OF_TIMEOUT = 0.25


class Dispositions:
    """The dispositions of one tenant.

    Attributes:
        names: The vendor's names by label.
    """

    def __init__(self, target: BrightPatternSettings, api: BrightPatternApi, clock: Clock) -> None:
        """Prepare; nothing is requested yet."""
        self._target = target
        self._api = api
        self._clock = clock
        configured = target.dispositions
        self.names: Mapping[str, str] = {} if isinstance(configured, bool) else _by_label(configured)
        self._listed_by_vendor = configured is True
        self._headers: Mapping[str, str] | None = None
        self._asked_at = float("-inf")
        self._reported: str | int = ""

    async def update(self, headers: Mapping[str, str]) -> None:
        """Request the names, if configured, at each new session and every quarter of an hour.

        A failed request changes nothing: the poll continues with the names known.

        Args:
            headers: The headers of the session.
        """
        now = self._clock.monotonic()
        is_recent = headers is self._headers and now < self._asked_at + _REFRESH_SECONDS
        if not self._listed_by_vendor or is_recent:
            return
        # Before the request: a poll that is cancelled in it must not repeat it.
        self._headers, self._asked_at = headers, now
        try:
            async with asyncio.timeout(self._target.poll.timeout * _SHARE_OF_TIMEOUT):
                listed = await self._api.get_dispositions(headers)
        except (PollError, TimeoutError) as error:
            self._report_failure(str(error) or "request timed out")
            return
        self._choose(_by_label(listed))

    def _choose(self, listed: Mapping[str, str]) -> None:
        """Take over as many names as allowed; the present ones stay, whatever the order of the list."""
        present = [label for label in self.names if label in listed]
        ordered = [*present, *(label for label in listed if label not in self.names)]
        chosen = {label: listed[label] for label in ordered[:MAX_DISPOSITIONS]}
        if chosen != self.names:
            self.names = chosen
        self._report_excess(len(listed) - len(chosen))

    def _report_excess(self, left_out: int) -> None:
        """Log how many dispositions are left out, once."""
        if left_out and self._reported != left_out:
            log.warning(
                "too many dispositions for one subscription; set `dispositions` to a list of those to export",
                target=self._target.name,
                subscribed=MAX_DISPOSITIONS,
                left_out=left_out,
            )
        self._reported = left_out

    def _report_failure(self, error: str) -> None:
        """Log that the names are unknown, once."""
        if self._reported != error:
            log.warning("the vendor does not list its dispositions", target=self._target.name, error=error)
        self._reported = error


def _by_label(names: Iterable[object]) -> Mapping[str, str]:
    """Return names by the label they are exported with; of several with the same label the first."""
    labelled: dict[str, str] = {}
    for name in names:
        label = _label(name)
        if isinstance(name, str) and label:
            labelled.setdefault(label, name)
    return labelled


def _label(name: object) -> str:
    """Return the label of a name, "" if there is no name."""
    try:
        return text(name)
    except NoValueError:
        return ""
    except UnmappedError as unmapped:
        return str(unmapped.fallback or "")
