"""One contact centre at Bright Pattern: what is subscribed to, and what it says."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.model import Agent, Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import Choice
from exporter.vendors.base import Resource
from exporter.vendors.brightpattern.session import Session
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.subscription import APP, GRID, Subscription, grid
from exporter.vendors.brightpattern.tables import (
    AVAILABILITY,
    TOTALS_NAME,
    UNCERTAIN,
    agent_table,
    service_table,
    totals_table,
)
from exporter.vendors.toolkit.decoder import Decoder, RowSchema
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes, decode_json

M = TypeVar("M", bound=msgspec.Struct)

# A grid is filtered by one value, which is no pattern.
_PLAIN = re.compile(r"[^*?\[]+")
_AVAILABILITY_PATH = "/statsapi/info/check_available_agents"


class _Grid(msgspec.Struct):
    id: Any
    values: msgspec.Raw


class _Data(msgspec.Struct):
    stats_totals: dict[str, Any] | None = None
    service_grids: list[_Grid] | None = None
    agent_grids: list[_Grid] | None = None


class _Availability(msgspec.Struct):
    availability: bool | list[bool]


class BrightPatternClient:
    """One contact centre at Bright Pattern."""

    def __init__(self, target: BrightPatternSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._http = http
        services = service_table(target.percentages, target.durations)
        totals = totals_table(target.durations)
        agents = agent_table(target.durations, names=target.agents.detail == "name")
        self._services = Decoder(services)
        self._totals = Decoder(totals)
        self._agents = Decoder(agents)
        self._availability = Decoder(AVAILABILITY)
        columns = self._asked_for(services)
        whole = [name for name in self._asked_for(totals) if name != TOTALS_NAME]
        chosen, team = _only(target.select.queues), _only(target.select.groups)
        self._service = chosen if chosen != target.totals_queue else None
        service = None if self._service is None else ("name", self._service)
        teams = {"agent_grids": [grid(self._asked_for(agents), None if team is None else ("team_name", team))]}
        both: dict[str, object] = {"agent_grids": [grid(self._asked_for(agents))]}
        # Where a version refuses filters, what is inferred, or totals that nobody named a queue for, it goes without.
        modest = both | ({} if target.totals_queue is None else {"stats_totals": whole})
        self._session = Session(target, http, clock)
        self._subscription = Subscription(
            target.url,
            self._session,
            http,
            wanted={**teams, "stats_totals": whole, "service_grids": [grid(columns, service)]},
            modest=modest | {"service_grids": [grid(name for name in columns if name not in UNCERTAIN)]},
        )

    @property
    def resources(self) -> Sequence[Resource]:
        """The subscription, read as a whole, and the availability of services where any are named."""
        statistics = Resource("statistics", self.statistics, remaining_pause=self._session.remaining_pause)
        if not self._target.services:
            return (statistics,)
        # These queues are the subscription's own, and what the operator says of them goes with those.
        return statistics, Resource("availability", self.availability, carries_thresholds=False)

    async def statistics(self) -> Snapshot | None:
        """Read the subscription: services as queues, and agents; None where it is not ready. Raises PollError."""
        body = await self._subscription.read()
        if body is None:
            return None
        notes: Notes = []
        data = decode_json(body, dict[str, _Data], "data", notes).get(APP)
        if data is None:
            raise PollError(Reason.INVALID, f"data: no app {APP}")
        queues: tuple[Queue, ...] = await self._services.read(_rows(data.service_grids, "service_grids"), notes)
        if self._service is not None and all(queue.id != self._service for queue in queues):
            notes.append(("service_grids.name", f"no service {self._service}, which is selected"))
        agents: tuple[Agent, ...] = await self._agents.read(_rows(data.agent_grids, "agent_grids"), notes)
        return Snapshot(queues=queues + self._whole(data, queues, notes), agents=agents, unmapped=tuple(notes))

    async def availability(self) -> Snapshot:
        """Ask of each configured service whether nobody is available for it. Raises PollError."""
        notes: Notes = []
        # That somebody is available does not say how many are.
        rows = [
            {"service": name, "availability": None if await self._available(name) else 0}
            for name in self._target.services
            if self._target.select.queues.takes(name)
        ]
        queues = self._availability.decode(msgspec.Raw(msgspec.json.encode(rows)), notes)
        return Snapshot(queues=queues, unmapped=tuple(notes))

    async def close(self) -> None:
        """End the subscription, which would count against the tenant's limit. Raises PollError."""
        await self._subscription.end()

    def _asked_for(self, table: RowSchema[M]) -> Sequence[str]:
        fields = (field for field in table.fields if field.to == "id" or field.name not in self._target.omit)
        return list(dict.fromkeys(field.name for field in fields))

    def _whole(self, data: _Data, services: Sequence[Queue], notes: Notes) -> tuple[Queue, ...]:
        """Return the queue that stands for all services, where the operator named one."""
        name = self._target.totals_queue
        if name is None:
            return ()
        if any(name == service.id for service in services):
            notes.append((f"stats_totals.{TOTALS_NAME}", "duplicate id"))
            return ()
        row = msgspec.json.encode([{**(data.stats_totals or {}), TOTALS_NAME: name}])
        return self._totals.decode(msgspec.Raw(row), notes)

    async def _available(self, service: str) -> bool:
        # The page names the tenant by the host alone, later versions by a parameter too.
        url = URL(f"{self._target.url}{_AVAILABILITY_PATH}")
        answer = await self._http.get(str(url.update_query(service=service, tenantUrl=self._target.tenant_url)))
        body = self._http.require_ok(answer, f"GET {_AVAILABILITY_PATH} of {service}")
        said = decode_json(body, _Availability, "availability", []).availability
        return any(said) if isinstance(said, list) else said


def _only(choice: Choice) -> str | None:
    """Return the one name that is selected, None where it is not one or a pattern."""
    names = choice.ids(_PLAIN, 1)
    return names[0] if names else None


def _rows(grids: Sequence[_Grid] | None, name: str) -> msgspec.Raw:
    rows = next((each.values for each in grids or () if str(each.id) == GRID), None)
    if rows is None:
        raise PollError(Reason.INVALID, f"data: no grid {GRID} among {name}")
    return rows
