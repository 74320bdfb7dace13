"""Vendor clients with given responses, without a network or waiting."""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.redaction import remember
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Client, load_vendor
from exporter.vendors.toolkit.http import Http, Response
from tests.fuzz.strategies import PASSWORD, TOKEN

_LOGIN: dict[str, object] = {"username": "exporter", "password": PASSWORD}
_OWN: Mapping[str, dict[str, object]] = {
    "kpn": {"token_url": "http://v/sign-in", "client_id": "exporter", "client_secret": PASSWORD},
    "sinch": {**_LOGIN, "auth": "basic", "active_contacts": "user_statuses"},
    "brightpattern": {**_LOGIN, "tenant_url": "x.example", "totals_queue": "All", "services": ["one", "other"]},
    "axialys": {
        **_LOGIN,
        "received_groups_path": "/received_groups",
        "received_numbers_path": "/received_numbers",
        "numbers": {"Hotline": ["1"]},
    },
    "apio": {**_LOGIN, "tenant": "t", "group": "g", "supervisors": ["s"], "call_centers": ["c"], "users": ["u"]},
}
VENDORS = tuple(_OWN)
_SIGNED_IN = b'{"access_token": "%b", "token": "%b", "expires_in": 3600}' % (TOKEN.encode(), TOKEN.encode())
# The example for a path whose last segment is not the example's name.
_NAMED = {
    "data": "statistics",
    "call_centers": "profile_enriched",
    "12": "group_stats",
    "13": "group_stats",
    "check_available_agents": "availability",
}


class InstantClock:
    """A clock whose sleeps return at once and advance its time."""

    def __init__(self) -> None:
        self._now = 0.0

    def time(self) -> float:
        """Return seconds since the Unix epoch, on the day of the published quarter of an hour."""
        return 1_567_155_600.0 + self._now

    def monotonic(self) -> float:
        """Return the total of all sleeps."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Advance the time at once."""
        self._now += max(0.0, seconds)
        await asyncio.sleep(0)


class Responses(NamedTuple):
    """The responses of a vendor.

    Attributes:
        examples: Bodies by the name of the published example they replace.
        sign_in: The body of every sign-in.
        status: The status of all responses except sign-ins.
    """

    examples: Mapping[str, bytes]
    sign_in: bytes = _SIGNED_IN
    status: int = 200


class OfflineHttp(Http):
    """A target's HTTP that returns responses without using the network."""

    def __init__(self, respond: Callable[[str, URL], Response], clock: Clock) -> None:
        """Return responses.

        Args:
            respond: Returns the response to a request of a method for a URL.
            clock: The target's clock.
        """
        self._respond = respond
        super().__init__(None, clock, body_bytes=1 << 26, answered=lambda _: None)  # type: ignore[arg-type]

    async def send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Response:
        """Return the response."""
        del headers, form, json
        return self._respond(method, url)


class ResponsesHttp(OfflineHttp):
    """A target's HTTP with given responses, which may be replaced between polls."""

    def __init__(self, responses: Responses, clock: Clock) -> None:
        self.responses = responses
        super().__init__(self._response, clock)

    def _response(self, method: str, url: URL) -> Response:
        none: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())
        if method == "POST":
            return Response(200, none, self.responses.sign_in)
        *before, last = url.path.rstrip("/").split("/")
        body = self.responses.examples.get("op_details" if "op_details" in before else _NAMED.get(last, last))
        return Response(404, none, b"{}") if body is None else Response(self.responses.status, none, body)


def target(vendor: str) -> TargetSettings:
    """Return a target of a vendor with every detail enabled."""
    everything = {"agents": {"detail": "name"}, "trunks": {"detail": "ports"}}
    base = {"name": "here", "vendor": vendor, "url": "http://v/RI/rmi" if vendor == "sinch" else "http://v"}
    return load_vendor(vendor).settings.model_validate(base | everything | _OWN[vendor])


def client(vendor: str, http: Http, clock: Clock) -> Client:
    """Return the vendor's client of that target, with a token from an earlier sign-in."""
    remember(TOKEN)
    return load_vendor(vendor).connect(target(vendor), http, clock)
