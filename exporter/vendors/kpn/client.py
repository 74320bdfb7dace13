"""The client of one contact centre at KPN Dashboard Server: its resources and their requests."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from exporter.errors import PollError, Reason
from exporter.model import ItemKind, PollItems, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.base import Resource
from exporter.vendors.kpn.api import KpnApi
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.kpn.tables import TRUNKS, agent_schema, complete, queue_schema
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.item_rounds import ItemRounds
from exporter.vendors.toolkit.json_document import Notes

M = TypeVar("M", bound=msgspec.Struct)

# Each item selected by number is a separate request, and the gateway limits requests per minute.
_MOST_BY_NUMBER = 5
_NULL = msgspec.Raw(b"null")
_ID_PATTERN = re.compile(r"[0-9]{1,18}")


class KpnClient:
    """One contact centre at KPN Dashboard Server."""

    def __init__(self, target: KpnSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._api = KpnApi(target, http, clock)
        self._queues = Decoder(queue_schema(target))
        self._agents = Decoder(agent_schema(target))
        self._trunks = Decoder(TRUNKS)
        self._cadences = {name: Cadence(target.poll) for name in ("queues", "agents", "trunks")}
        self._queues_by_number: ItemRounds[str, bytes] = self._rounds("queues", clock)
        self._trunks_by_number: ItemRounds[str, bytes] = self._rounds("trunks", clock)

    @property
    def resources(self) -> Sequence[Resource]:
        """Return queues, agents and trunks; each needs one request per poll, or one per item if few are selected."""
        kinds: Sequence[tuple[ItemKind, Callable[[], Awaitable[Snapshot]]]]
        kinds = (("queues", self.queues), ("agents", self.agents), ("trunks", self.trunks))
        pause = self._api.remaining_pause
        return [
            Resource(kind, fetch, provides=(kind,), remaining_pause=pause, cadence=self._cadences[kind])
            for kind, fetch in kinds
        ]

    async def queues(self) -> Snapshot:
        """Fetch all queues, or the few selected by number. Raises PollError."""
        notes: Notes = []
        numbers = self._target.select.queues.ids(_ID_PATTERN, _MOST_BY_NUMBER)
        if numbers is None:
            rows = await self._fetch_all("queue", self._queues, notes)
            return Snapshot(queues=rows, unmapped=tuple(notes))
        found, items = await self._fetch_by_number("queue", numbers, self._queues_by_number, notes)
        return Snapshot(queues=self._queues.decode(found, notes), unmapped=tuple(notes), poll_items=items)

    async def agents(self) -> Snapshot:
        """Fetch all agents. Raises PollError."""
        notes: Notes = []
        rows = await self._fetch_all("agent", self._agents, notes)
        agents = complete(rows, by_skill=self._target.agents_by_skill)
        return Snapshot(agents=agents, unmapped=tuple(notes))

    async def trunks(self) -> Snapshot:
        """Fetch all trunks with their ports, or the few selected by number. Raises PollError."""
        notes: Notes = []
        numbers = self._target.select.trunks.ids(_ID_PATTERN, _MOST_BY_NUMBER)
        if numbers is None:
            rows = await self._fetch_all("trunk", self._trunks, notes)
            return Snapshot(trunks=rows, unmapped=tuple(notes))
        found, items = await self._fetch_by_number("trunk", numbers, self._trunks_by_number, notes)
        return Snapshot(trunks=self._trunks.decode(found, notes), unmapped=tuple(notes), poll_items=items)

    async def close(self) -> None:
        """Do nothing: there is no session, and tokens expire by themselves."""

    async def _fetch_all(self, kind: str, decoder: Decoder[M], notes: Notes) -> tuple[M, ...]:
        """Return all rows of a kind; null is a list without rows."""
        rows = await self._api.fetch(f"/{kind}s", f"{kind}s", notes)
        return () if rows == _NULL else await decoder.read(rows, notes)

    def _rounds(self, resource: str, clock: Clock) -> ItemRounds[str, bytes]:
        return ItemRounds(f"{resource}.Number", self._cadences[resource], clock, self._api.pause)

    async def _fetch_by_number(
        self, kind: str, numbers: Sequence[str], rounds: ItemRounds[str, bytes], notes: Notes
    ) -> tuple[msgspec.Raw, PollItems]:
        """Return the rows with these numbers as an array; one that fails is missing once its last response is old."""

        async def fetch(number: str) -> bytes:
            path = f"/{kind}/number/{number}"
            return _row(await self._api.fetch(path, kind, notes), path)

        responses = await rounds.poll(numbers, fetch)
        return msgspec.Raw(b"[" + b",".join(responses.known.values()) + b"]"), responses.items


def _row(found: msgspec.Raw, path: str) -> bytes:
    """Return the only row of a response, which may be an array of one.

    Raises:
        PollError: It is null or an empty array: the vendor has no item with this number.
    """
    row = bytes(found).removeprefix(b"[").removesuffix(b"]").strip()
    if row in {b"", b"null"}:
        raise PollError(Reason.INVALID, f"GET {path} returned no item")
    return row
