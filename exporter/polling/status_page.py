"""The status page of a vendor, in the JSON format of Statuspage that many vendors' pages offer.

Source page: "Atlassian Statuspage, Public API", section *Status* (`/api/v2/status.json`).
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from exporter.errors import PollError
from exporter.model import Failure, Snapshot, VendorStatus
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings, TlsConfig
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.http import Http, open_session
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.permission import always
from exporter.vendors.toolkit.proxy import proxy_of

INDICATOR_WORDS: Mapping[str, VendorStatus] = {
    "none": "operational",
    "minor": "minor",
    "major": "major",
    "critical": "critical",
    "maintenance": "maintenance",
}
_NAME: Final = "vendor_status"
_EVERY_SECONDS: Final = 60.0
_MOST_BYTES: Final = 1 << 20
_LONGEST_NOTE: Final = 80


class _Status(msgspec.Struct):
    indicator: str


class _Page(msgspec.Struct):
    status: _Status


class StatusPage:
    """The status page of one target's vendor.

    The page informs and decides nothing: a page that cannot be read is not a failure of the target, so its poll
    succeeds and reports the status `unknown`.
    """

    def __init__(self, settings: TargetSettings, url: str, clock: Clock, may_send: Callable[[], bool] = always) -> None:
        """Open a session; nothing is sent before the first poll.

        Args:
            settings: The target; its credentials and certificates are not sent, because the page is on another host.
            url: The URL of the page's JSON.
            clock: The time.
            may_send: Returns whether a request may be sent at this moment.
        """
        self._url = url
        self._timeout = settings.poll.timeout
        self._session = open_session(settings.model_copy(update={"tls_config": TlsConfig()}), may_send)
        self._http = Http(self._session, clock, body_bytes=_MOST_BYTES, answered=_ignore_code, proxy=proxy_of(settings))

    @property
    def resource(self) -> Resource:
        """The page as a resource that neither waits for the target's other requests nor delays them."""
        return Resource(_NAME, self.fetch, every=_EVERY_SECONDS, paced=True, carries_thresholds=False, signs_in=False)

    async def fetch(self) -> Snapshot:
        """Fetch the page; one that cannot be read is noted, and its status is unknown."""
        notes: Notes = []
        try:
            async with asyncio.timeout(self._timeout):
                status = await self._status(notes)
        except PollError as error:
            status = "unknown"
            notes.append((_NAME, Failure(f"{error.reason.value}: {error}")))
        except TimeoutError:
            status = "unknown"
            notes.append((_NAME, Failure(f"timeout: no answer within {self._timeout:g}s")))
        return Snapshot(vendor_status=status, unmapped=tuple(notes))

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def _status(self, notes: Notes) -> VendorStatus:
        body = self._http.require_ok(await self._http.get(self._url), "GET of the status page")
        indicator = decode_json(body, _Page, "status page", notes).status.indicator.strip().casefold()
        if indicator not in INDICATOR_WORDS:
            notes.append((f"{_NAME}.indicator", indicator[:_LONGEST_NOTE]))
        return INDICATOR_WORDS.get(indicator, "unknown")


def status_page_of(settings: TargetSettings, clock: Clock, may_send: Callable[[], bool] = always) -> StatusPage | None:
    """Return the configured status page of a target's vendor, None if there is none."""
    return None if settings.status_page_url is None else StatusPage(settings, settings.status_page_url, clock, may_send)


def _ignore_code(_code: int) -> None:
    """Ignore the status code: `contactcenter_api_requests_total` counts responses of the vendor's API."""
