"""Client of one target at Bright Pattern: its resources and the snapshots made of the responses."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
import structlog

from exporter.errors import PollError, Reason
from exporter.model import Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import matches
from exporter.vendors.base import Resource
from exporter.vendors.brightpattern.api import GRID, BrightPatternApi, Data, grid_rows, parse_data
from exporter.vendors.brightpattern.definition import Definition, define
from exporter.vendors.brightpattern.dispositions import Dispositions
from exporter.vendors.brightpattern.service_ids import ServiceIds
from exporter.vendors.brightpattern.session import Session
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.subscription import Subscription
from exporter.vendors.brightpattern.tables import (
    AVAILABILITY,
    SERVICE_FIELD,
    STATE_FIELD,
    TOTALS_FIELD,
    agent_table,
    availability_row,
    service_table,
    totals_row,
    totals_table,
)
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.item_rounds import ItemRounds
from exporter.vendors.toolkit.json_document import Notes

M = TypeVar("M", bound=msgspec.Struct)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_TOTALS = "stats_totals"
_STATE_KEY = re.compile(rf'"{STATE_FIELD}"\s*:'.encode())


class BrightPatternClient:
    """One contact centre at Bright Pattern."""

    def __init__(self, target: BrightPatternSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        services = service_table(target.percentages, target.durations)
        totals = totals_table(target.durations)
        self._tables = services, totals
        self._services = Decoder(services)
        self._totals = Decoder(totals)
        self._availability = Decoder(AVAILABILITY)
        self._cadence = Cadence(target.poll)
        self._services_available: ItemRounds[str, Mapping[str, object]] = ItemRounds(
            AVAILABILITY.name, self._cadence, clock
        )
        self._api = BrightPatternApi(target, http)
        self._session = Session(target, self._api, clock, http.session_renewed)
        self._ids = ServiceIds(target, self._api, clock)
        self._dispositions = Dispositions(target, self._api, clock)
        # Grids that have returned a row, and those whose filter returned none.
        self._with_rows: set[str] = set()
        self._unfiltered: set[str] = set()
        self._prepare(self._dispositions.names)
        self._subscription = Subscription(target, self._api, self._session, self._define, clock)

    @property
    def resources(self) -> Sequence[Resource]:
        """The subscription, and the availability of services if any are configured."""
        statistics = Resource(
            "statistics",
            self.statistics,
            remaining_pause=self._session.remaining_pause,
            # The first poll also lists services.
            requests_a_minute=lambda: 60.0 / self._cadence.interval,
        )
        if not self._target.services:
            return (statistics,)
        # Both resources list the same queues; their thresholds are exported with the subscription's.
        availability = Resource(
            "availability", self.availability, carries_thresholds=False, signs_in=False, cadence=self._cadence
        )
        return statistics, availability

    async def statistics(self) -> Snapshot | None:
        """Read the subscription: services as queues, and agents; None if it is not ready. Raises PollError.

        If one grid is missing, the other is still exported.
        """
        body = await self._subscription.read()
        if body is None:
            return None
        notes: Notes = []
        data = parse_data(body, notes)
        service_rows, agent_rows = grid_rows(data.service_grids), grid_rows(data.agent_grids)
        if service_rows is None and agent_rows is None:
            raise PollError(Reason.INVALID, f"data: grid {GRID} is missing in service_grids and agent_grids")
        services = await _read(service_rows, "service_grids", self._services, notes)
        # A version that lacks states must not log everybody out.
        with_states = agent_rows is not None and _STATE_KEY.search(agent_rows)
        decoder = self._agents if with_states else self._stateless_agents
        agents = await _read(agent_rows, "agent_grids", decoder, notes)
        self._require_rows({"service_grids": services, "agent_grids": agents})
        queues = await self._identified(services or ())
        service = self._definition.service
        if service is not None and not any(matches(queue.name, service) for queue in queues):
            notes.append((f"service_grids.{SERVICE_FIELD}", f"selected service {service} not found"))
        totals = self._read_totals(data, queues, notes)
        return Snapshot(queues=queues + totals, agents=agents, unmapped=tuple(notes))

    async def availability(self) -> Snapshot:
        """Request the availability of each selected service; one that keeps failing is missing. Raises PollError."""
        notes: Notes = []

        async def request(service: str) -> Mapping[str, object]:
            return availability_row(service, available=await self._api.is_available(service))

        takes, id_of = self._target.select.queues.takes, self._ids.id_of
        services = [service for service in self._target.services if takes(id_of(service), service)]
        responses = await self._services_available.poll(services, request)
        rows = tuple(responses.known.values())
        queues = self._availability.decode(msgspec.Raw(msgspec.json.encode(rows)), notes)
        return Snapshot(queues=self._with_ids(queues), unmapped=tuple(notes), poll_items=responses.items)

    async def close(self) -> None:
        """Delete the subscription, which counts against the tenant's limit. Raises PollError."""
        await self._subscription.end()

    async def _define(self, headers: Mapping[str, str]) -> Definition:
        """Return the definition of the subscription, another one if the dispositions have changed."""
        await self._dispositions.update(headers)
        if self._dispositions.names is not self._subscribed_dispositions:
            self._prepare(self._dispositions.names)
        return self._definition

    def _prepare(self, dispositions: Mapping[str, str]) -> None:
        """Prepare the agent grid and the definition for these dispositions."""
        durations, with_names = self._target.durations, self._target.agents.detail == "name"
        agents = agent_table(durations, names=with_names, dispositions=dispositions)
        stateless = agent_table(durations, names=with_names, states=False, dispositions=dispositions)
        self._agents, self._stateless_agents = Decoder(agents), Decoder(stateless)
        self._definition = define(self._target, *self._tables, agents, unfiltered=self._unfiltered)
        self._subscribed_dispositions = dispositions

    def _require_rows(self, grids: Mapping[str, Sequence[object] | None]) -> None:
        """Subscribe without a filter that has never returned a row.

        The vendor compares names byte by byte, so that accents in another Unicode form and padded names do not match;
        the selection does.

        Args:
            grids: The rows of each grid, None if it is missing.
        """
        self._with_rows.update(name for name, rows in grids.items() if rows)
        empty = {name for name, rows in grids.items() if rows is not None and name in self._definition.values}
        empty -= self._with_rows | self._unfiltered
        if empty:
            self._unfiltered |= empty
            self._prepare(self._subscribed_dispositions)
            log.info(
                "the filter of a grid matches no row; subscribing to all",
                target=self._target.name,
                grids=", ".join(sorted(empty)),
            )

    async def _identified(self, services: tuple[Queue, ...]) -> tuple[Queue, ...]:
        """Return the services of a poll with their ids."""
        headers = self._session.current_headers
        if services and headers is not None:
            await self._ids.update(headers, (service.name for service in services))
        return self._with_ids(services)

    def _with_ids(self, services: tuple[Queue, ...]) -> tuple[Queue, ...]:
        id_of = self._ids.id_of
        return tuple(msgspec.structs.replace(service, id=id_of(service.name)) for service in services)

    def _read_totals(self, data: Data, services: Sequence[Queue], notes: Notes) -> tuple[Queue, ...]:
        """Return the queue with the tenant's totals if `totals_queue` is configured."""
        name = self._target.totals_queue
        if name is None:
            return ()
        if any(name in {service.id, service.name} for service in services):
            notes.append((f"{_TOTALS}.{TOTALS_FIELD}", "duplicate id"))
            return ()
        totals = data.stats_totals
        if totals and not isinstance(totals, dict):
            notes.append((_TOTALS, f"expected an object, got {type(totals).__name__}"))
        row = msgspec.json.encode([totals_row(totals if isinstance(totals, dict) else None, name)])
        return self._totals.decode(msgspec.Raw(row), notes)


async def _read(rows: msgspec.Raw | None, name: str, decoder: Decoder[M], notes: Notes) -> tuple[M, ...] | None:
    """Return the rows of a grid, None if it is missing, which is noted. Raises PollError."""
    if rows is None:
        notes.append((name, f"grid {GRID} is missing"))
        return None
    return await decoder.read(rows, notes)
