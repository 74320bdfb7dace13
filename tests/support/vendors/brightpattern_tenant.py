"""A tenant at Bright Pattern, written from the vendor's page alone: it returns what the subscription asked for."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from exporter.vendors.brightpattern.client import BrightPatternClient
from tests.support.clock import ManualClock
from tests.support.vendors.brightpattern import client, settings
from tests.support.vendors.polls import CANARY, serving

Row = dict[str, Any]
App = dict[str, Any]


@dataclass
class Tenant:
    """A tenant with services, agents and dispositions.

    Attributes:
        services: The statistics of each service by the vendor's names.
        agents: The same of each agent.
        counted: The number of calls of each agent by disposition, by login id.
        dispositions: The response with the names of dispositions; None for a version without it.
        refused: Dispositions for which it refuses the subscription.
        change: Changes the data before they are sent.
        subscriptions: The subscriptions made, newest last.
        asked: How often the dispositions were requested.
        sessions: How often a session was begun.
        ended: Whether the session has ended.
        limit: The most subscriptions; each counts until it is deleted, also one that another one replaces.
        counting: How many count now.
        deleted: How often they were deleted.
    """

    services: list[Row] = field(default_factory=list)
    agents: list[Row] = field(default_factory=list)
    counted: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dispositions: object = None
    refused: frozenset[str] = frozenset()
    change: Callable[[App], object] = lambda _app: None
    subscriptions: list[App] = field(default_factory=list)
    asked: int = 0
    sessions: int = 0
    ended: bool = False
    limit: int = 1000
    counting: int = 0
    deleted: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/statsapi/auth":
            self.sessions, self.ended = self.sessions + 1, False
            return web.json_response({"token": f"{CANARY}-{self.sessions}"})
        status = 200
        match request.path:
            case _ if self.ended:
                status = 401
            case "/statsapi/subscription/active":
                self.counting, self.deleted = 0, self.deleted + 1
            case "/statsapi/subscription":
                return await self._subscribe(request)
            case "/statsapi/subscription/data":
                app = self._data(self.subscriptions[-1])
                self.change(app)
                return web.Response(text=json.dumps({"1": app}))
            case "/statsapi/cfg/dispositions" if self.dispositions is not None:
                self.asked += 1
                return web.json_response(self.dispositions)
            case _:
                status = 404
        return web.Response(status=status)

    @property
    def subscribed(self) -> list[str]:
        """The dispositions of the newest subscription."""
        columns = self.subscriptions[-1]["agent_grids"][0]["columns"]
        return [name for column in columns for name in column.get("dispositions", ())]

    async def _subscribe(self, request: web.Request) -> web.Response:
        if self.counting >= self.limit:
            return web.Response(status=409)
        app = (await request.json())["1"]
        self.subscriptions.append(app)
        refused = self.refused.intersection(self.subscribed)
        if refused:
            return web.json_response({"error_code": 400, "error_message": "bad column"}, status=400)
        self.counting += 1
        return web.Response()

    def _data(self, app: App) -> App:
        return {
            "service_grids": [self._filled(grid, self.services) for grid in app["service_grids"]],
            "agent_grids": [self._filled(grid, self.agents) for grid in app["agent_grids"]],
        }

    def _filled(self, grid: App, rows: list[Row]) -> App:
        return {
            "id": grid["id"],
            "values": [{column["id"]: self._cell(column, row) for column in grid["columns"]} for row in rows],
        }

    def _cell(self, column: App, row: Row) -> object:
        if column["stat_name"] != "calls_dispositions_per_day":
            return row.get(column["stat_name"], "")
        [name] = column["dispositions"]
        return self.counted.get(row["login_id"], {}).get(name, "")


@asynccontextmanager
async def exporting(
    tenant: Tenant, clock: ManualClock | None = None, **more: object
) -> AsyncIterator[BrightPatternClient]:
    """Yield a client of the tenant."""
    async with serving(tenant.handle) as server:
        target = settings(url=str(server.make_url("")).rstrip("/"), **{"poll": {"interval": "15s"}, **more})
        async with client(target, clock or ManualClock()) as brightpattern:
            yield brightpattern
