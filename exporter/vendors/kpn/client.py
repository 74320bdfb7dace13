"""The client of one contact centre at KPN Dashboard Server: its resources and their requests."""

import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import Choice
from exporter.vendors.base import Resource
from exporter.vendors.kpn.api import KpnApi
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.kpn.tables import AGENTS, TRUNKS, queue_schema
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.fetch_each import fetch_each
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes

M = TypeVar("M", bound=msgspec.Struct)

# Each item selected by number is a separate request, and the gateway limits requests per minute.
_MOST_BY_NUMBER = 5
_ID_PATTERN = re.compile(r"[0-9]{1,18}")


class KpnClient:
    """One contact centre at KPN Dashboard Server."""

    def __init__(self, target: KpnSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._api = KpnApi(target, http, clock)
        self._queues = Decoder(queue_schema(target))
        self._agents = Decoder(AGENTS)
        self._trunks = Decoder(TRUNKS)

    @property
    def resources(self) -> Sequence[Resource]:
        """Return queues, agents and trunks; each needs one request per poll, or one per item if few are selected."""
        fetches = {"queues": self.queues, "agents": self.agents, "trunks": self.trunks}
        pause = self._api.remaining_pause
        return [Resource(name, fetch, remaining_pause=pause) for name, fetch in fetches.items()]

    async def queues(self) -> Snapshot:
        """Fetch all queues, or the few selected by number. Raises PollError."""
        notes: Notes = []
        rows = await self._fetch_selected("queue", self._target.select.queues, self._queues, notes)
        return Snapshot(queues=rows, unmapped=tuple(notes))

    async def agents(self) -> Snapshot:
        """Fetch all agents. Raises PollError."""
        notes: Notes = []
        rows = await self._agents.read(await self._api.fetch("/agents", "agents", notes), notes)
        return Snapshot(agents=rows, unmapped=tuple(notes))

    async def trunks(self) -> Snapshot:
        """Fetch all trunks with their ports, or the few selected by number. Raises PollError."""
        notes: Notes = []
        rows = await self._fetch_selected("trunk", self._target.select.trunks, self._trunks, notes)
        return Snapshot(trunks=rows, unmapped=tuple(notes))

    async def close(self) -> None:
        """Do nothing: there is no session, and tokens expire by themselves."""

    async def _fetch_selected(self, kind: str, choice: Choice, decoder: Decoder[M], notes: Notes) -> tuple[M, ...]:
        """Return all rows of a kind, or only the selected ones if the operator selected a few by number."""
        numbers = choice.ids(_ID_PATTERN, _MOST_BY_NUMBER)
        if numbers is None:
            return await decoder.read(await self._api.fetch(f"/{kind}s", f"{kind}s", notes), notes)

        async def fetch(number: str) -> bytes:
            return bytes(await self._api.fetch(f"/{kind}/number/{number}", kind, notes))

        rows = await fetch_each(numbers, fetch, f"{kind}s.Number", notes)
        return decoder.decode(msgspec.Raw(b"[" + b",".join(rows) + b"]"), notes)
