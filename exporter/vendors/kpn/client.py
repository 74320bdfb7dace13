"""The client of one contact centre at KPN Dashboard Server: queues, agents and trunks, each on request."""

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
from exporter.vendors.kpn.tables import AGENTS, TRUNKS, queue_table
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.fetch_each import fetch_each
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes

M = TypeVar("M", bound=msgspec.Struct)

# Each is a request of its own, of which the gateway grants only so many a minute.
_MOST_SINGLES = 5
_NUMBER = re.compile(r"[0-9]{1,18}")


class KpnClient:
    """One contact centre at KPN Dashboard Server."""

    def __init__(self, target: KpnSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._api = KpnApi(target, http, clock)
        self._queues = Decoder(queue_table(target))
        self._agents = Decoder(AGENTS)
        self._trunks = Decoder(TRUNKS)

    @property
    def resources(self) -> Sequence[Resource]:
        """Queues, agents and trunks, each with one request a poll, or one for each of a few that are selected."""
        return Resource("queues", self.queues), Resource("agents", self.agents), Resource("trunks", self.trunks)

    async def queues(self) -> Snapshot:
        """Ask for all queues, or for the few that are selected by number. Raises PollError."""
        notes: Notes = []
        rows = await self._selected("queue", self._target.select.queues, self._queues, notes)
        return Snapshot(queues=rows, unmapped=tuple(notes))

    async def agents(self) -> Snapshot:
        """Ask for all agents. Raises PollError."""
        notes: Notes = []
        rows = await self._agents.read(await self._api.fetch("/agents", "agents", notes), notes)
        return Snapshot(agents=rows, unmapped=tuple(notes))

    async def trunks(self) -> Snapshot:
        """Ask for all trunks with their ports, or for the few that are selected by number. Raises PollError."""
        notes: Notes = []
        rows = await self._selected("trunk", self._target.select.trunks, self._trunks, notes)
        return Snapshot(trunks=rows, unmapped=tuple(notes))

    async def close(self) -> None:
        """Do nothing: there is no session, and tokens expire by themselves."""

    async def _selected(self, kind: str, choice: Choice, decoder: Decoder[M], notes: Notes) -> tuple[M, ...]:
        """Return all rows of a kind, or only the few asked for where the operator named them by their numbers."""
        numbers = choice.ids(_NUMBER, _MOST_SINGLES)
        if numbers is None:
            return await decoder.read(await self._api.fetch(f"/{kind}s", f"{kind}s", notes), notes)

        async def ask(number: str) -> bytes:
            return bytes(await self._api.fetch(f"/{kind}/number/{number}", kind, notes))

        rows = await fetch_each(numbers, ask, f"{kind}s.Number", notes)
        return decoder.decode(msgspec.Raw(b"[" + b",".join(rows) + b"]"), notes)
