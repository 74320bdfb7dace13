"""A stand-in for an installation of Sinch that serves single contacts, as section */contacts* of the page describes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal

from aiohttp import web

from exporter.model import Snapshot
from exporter.vendors.sinch.client import SinchClient
from tests.support.clock import ManualClock
from tests.support.vendors.polls import asking, serving
from tests.support.vendors.sinch import samples, settings

# 2016-02-01 09:00 UTC, before the published contact arrived.
MORNING = datetime(2016, 2, 1, 9, tzinfo=UTC).timestamp()
QUEUE = ("F8C2697F37D044DB929B10F75381C624", "CustomerService", "voice")
OBSERVED = {"contacts": {"enabled": True}}
Row = dict[str, Any]


def utc(moment: float) -> str:
    """Return a time as the page writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{round(moment % 1 * 1000):03}Z"


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


class Installation:
    """Serves contacts as the page describes: by pages, those of a window and all that are in process.

    Attributes:
        rows: The rows now, by id.
        selects_by: Which time of a contact `startTime` selects by; the page does not state it.
        ahead: By how many seconds its clock, and all its times, are ahead.
        shows_date: Whether responses have a `Date`.
        status: The status of every response, if it is not 200.
        hidden: The ids of contacts that the user may not see any more.
        unlisted: The ids of contacts that are not listed, whatever the window.
        broken: The ids of contacts whose own requests fail.
        asked: The paths and queries of all requests.
    """

    def __init__(self, *rows: Row, selects_by: Literal["arrival", "end"] = "arrival") -> None:
        self.rows: dict[str, Row] = {}
        self.selects_by = selects_by
        self.clock = ManualClock(MORNING)
        self.ahead = 0.0
        self.shows_date = True
        self.status = 200
        self.hidden: set[str] = set()
        self.unlisted: set[str] = set()
        self.broken: set[str] = set()
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.other: dict[str, list[Row]] = {"queueStatuses": [], "contactSummaries": []}
        self.put(*rows)

    def put(self, *rows: Row) -> None:
        """Add or change contacts."""
        self.rows |= {row["id"]: row for row in rows}

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query)))
        _, _, name = request.path.rpartition("/RI/rmi/")
        collection, _, number = name.partition("/")
        if self.status != 200:
            response = web.Response(status=self.status, text="Invalid customer: '0401234XXX'")
        elif number in self.broken:
            response = web.Response(status=500)
        elif number:
            row = None if number in self.hidden else self.rows.get(number)
            response = web.Response(status=404) if row is None else web.json_response(row)
        elif collection != "contacts":
            response = web.json_response(self.other[collection] if request.query["offset"] == "0" else [])
        else:
            offset, limit = int(request.query["offset"]), int(request.query["limit"])
            found = sorted(self.found(request.query), key=lambda row: row["id"])
            response = web.json_response(found[offset : offset + limit])
        now = datetime.fromtimestamp(self.clock.time() + self.ahead, UTC)
        response.headers["Date"] = format_datetime(now, usegmt=True) if self.shows_date else ""
        return response

    def found(self, query: Mapping[str, str]) -> Iterable[Row]:
        since = seconds(query["startTime"])
        for row in self.rows.values():
            if row["id"] in self.hidden | self.unlisted:
                continue
            in_process = row["status"].startswith("In") and query.get("showAllInProcess") == "1"
            time = row["arrivalTime"] if self.selects_by == "arrival" else row.get("disconnectTime")
            if in_process or (time and seconds(time) > since):
                yield row


def contact(number: int, **fields: object) -> Row:
    """Return a phone contact in a queue, with the personal fields that every row has."""
    required = {
        "id": f"{number:032X}",
        "contactGroupId": f"{number:032X}",
        "channel": "PHONE",
        "type": "CallIn",
        "status": "InQueue",
        "source": "0401234567",
        "destination": "320",
        "agentName": "Fox, John",
        "queueId": QUEUE[0],
        "queueName": QUEUE[1],
        "origQueueId": QUEUE[0],
        "origQueueName": QUEUE[1],
        "arrivalTime": utc(MORNING),
        "queuingDuration": 0,
        "handlingDuration": 0,
        "wrapUpTotalDuration": 0,
        "totalDuration": 0,
        "waitingDuration": 0,
        "serviceClosed": False,
        "answeredOnTimeThreshold": 20,
        "falseAttemptTimeThreshold": 5,
    }
    return {**required, **fields}


def answered(number: int, arrived: float, wait: float = 10, handling: float = 100) -> Row:
    """Return a contact that was answered and has ended, without wrap-up."""
    return contact(
        number,
        arrivalTime=utc(arrived),
        arrivalQueueTime=utc(arrived),
        connectTime=utc(arrived + wait),
        disconnectTime=utc(arrived + wait + handling),
        queuingDuration=round(wait * 1000),
        waitingDuration=round(wait * 1000),
        handlingDuration=round(handling * 1000),
        status="Handled_AOT" if wait <= 20 else "Handled",
    )


class Site:
    """A target that polls single contacts of an installation."""

    def __init__(self, installation: Installation, sinch: SinchClient) -> None:
        self.installation = installation
        self.sinch = sinch

    async def poll(self, after: float = 60.0) -> Snapshot:
        """Return the next poll of the contacts."""
        await self.installation.clock.advance(after)
        [resource] = [each for each in self.sinch.resources if each.name == "contacts"]
        snapshot = await resource.fetch()
        assert snapshot is not None
        return snapshot

    async def observed(self, after: float = 60.0) -> dict[tuple[str, ...], float]:
        """Return the series of the next poll."""
        return samples(await self.poll(after))


class Serving:
    """Yields a site: `async with Serving(installation) as site`."""

    def __init__(self, installation: Installation, **more: object) -> None:
        self._installation = installation
        self._more = more

    async def __aenter__(self) -> Site:
        self._server = serving(self._installation.handle)
        server = await self._server.__aenter__()
        clock = self._installation.clock
        self._http = asking(clock=clock)
        http = await self._http.__aenter__()
        given = {"url": str(server.make_url("/RI/rmi")), **OBSERVED, **self._more}
        self._sinch = SinchClient(settings(**given), http, clock)
        return Site(self._installation, self._sinch)

    async def __aexit__(self, *_error: object) -> None:
        await self._sinch.close()
        await self._http.__aexit__(None, None, None)
        await self._server.__aexit__(None, None, None)
