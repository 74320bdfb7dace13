"""Vendors that answer with whatever they are given, without a network and in no time."""

import asyncio
from collections.abc import Mapping
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
# The example that answers a path, where the path's last step does not name it.
_NAMED = {
    "data": "statistics",
    "call_centers": "profile_enriched",
    "12": "group_stats",
    "13": "group_stats",
    "check_available_agents": "availability",
}


class RestlessClock:
    """A clock for which every sleep is over at once, and passes."""

    def __init__(self) -> None:
        self._now = 0.0

    def time(self) -> float:
        """Return seconds since the Unix epoch; the published quarter of an hour is today's."""
        return 1_567_155_600.0 + self._now

    def monotonic(self) -> float:
        """Return the seconds slept through."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let seconds pass."""
        self._now += max(0.0, seconds)
        await asyncio.sleep(0)


class Said(NamedTuple):
    """What a vendor answers with.

    Attributes:
        examples: Bodies by the name of the example they stand for.
        sign_in: The body of every sign-in.
        status: The status of everything but sign-ins.
    """

    examples: Mapping[str, bytes]
    sign_in: bytes = _SIGNED_IN
    status: int = 200


class SaidHttp(Http):
    """A target's HTTP with the answers in the network's place."""

    def __init__(self, said: Said, clock: Clock) -> None:
        self.said = said
        super().__init__(None, clock, body_bytes=1 << 26, answered=lambda _: None)  # type: ignore[arg-type]

    async def _send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Response:
        del headers, form, json
        none: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())
        if method == "POST":
            return Response(200, none, self.said.sign_in)
        *before, last = url.path.rstrip("/").split("/")
        body = self.said.examples.get("op_details" if "op_details" in before else _NAMED.get(last, last))
        return Response(404, none, b"{}") if body is None else Response(self.said.status, none, body)


def target(vendor: str) -> TargetSettings:
    """Return a target of a vendor that shows everything there is to show."""
    everything = {"agents": {"detail": "name"}, "trunks": {"detail": "ports"}}
    base = {"name": "here", "vendor": vendor, "url": "http://v/RI/rmi" if vendor == "sinch" else "http://v"}
    return load_vendor(vendor).settings.model_validate(base | everything | _OWN[vendor])


def client(vendor: str, http: Http, clock: Clock) -> Client:
    """Return the vendor's client of that target, signed in some time before."""
    remember(TOKEN)
    return load_vendor(vendor).connect(target(vendor), http, clock)
