"""Axialys Voice Management, as published: French values, dates as text, and an audit of too frequent requests."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.model import Queue
from exporter.simulator.centre import Centre
from exporter.simulator.date_header import dated
from exporter.simulator.default import DEFAULT
from exporter.simulator.dialects.axialys_history import HISTORY_PATH, History, PeriodOf
from exporter.simulator.dialects.axialys_operators import Dates, Operators, Row
from exporter.simulator.driver import Driver
from exporter.simulator.number_text import percentage

RECEIVED_NUMBERS_PATH = "/vm/stats/calls_received/numbers"
RECEIVED_GROUPS_PATH = "/vm/stats/calls_received/groups"

_MIN_INTERVAL_SECONDS = 30.0
_USUAL_SHORT_SECONDS = 5.0
_USUAL_ANSWER_SECONDS = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AxialysSettings:
    """How the API behaves.

    Attributes:
        username: The accepted user name.
        password: The accepted password.
        api_key: The accepted key.
        timezone: Time zone of its dates, which carry no offset.
        names_breaks: Whether an operator's current state names the break; the guide documents a date.
        history_of: Which time of a status the period of a request for the history is compared with.
        call_details_after: Seconds from the end of a call until the history contains its id and information.
    """

    username: str = "demo"
    password: str = "demo"  # noqa: S105 - grants access to the simulation only
    api_key: str = "demo"
    timezone: str = "Europe/Paris"
    names_breaks: bool = True
    history_of: PeriodOf = "start"
    call_details_after: float = 30.0


class Axialys:
    """The dialect of Axialys; it serves voice queues only, and all agents.

    The vendor's page gives no path for received calls; here they are served at `RECEIVED_NUMBERS_PATH` and
    `RECEIVED_GROUPS_PATH`. The simulation counts answers in service level by each queue's own target, and short
    abandons by its own limit; if a request has other limits the value is empty.

    Args:
        settings: The settings of the API.

    Attributes:
        settings: The settings of the API.
        asked: Times of the requests for the operators' current state, in seconds of the driver's monotonic clock.
        audit: Times of those requests that came less than 30 seconds after the previous one.
    """

    name = "axialys"

    def __init__(self, settings: AxialysSettings | None = None) -> None:
        self.settings = settings or AxialysSettings()
        self.asked: list[float] = []
        self.audit: list[float] = []

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this API.

        Args:
            url: The API's URL.
        """
        return {
            "name": "paris",
            "url": url,
            "username": self.settings.username,
            "password": self.settings.password,
            "received_groups_path": RECEIVED_GROUPS_PATH,
            "answer_seconds_by_group": {queue.id: int(queue.target_seconds) for queue in DEFAULT.queues},
        }

    def application(self, driver: Driver) -> web.Application:
        """Return the API."""
        dates = Dates(driver, self.settings.timezone)
        groups = _VoiceGroups(driver, dates)
        operators = Operators(driver, dates, names_breaks=self.settings.names_breaks)
        history = History(
            driver,
            dates,
            timezone=self.settings.timezone,
            period_of=self.settings.history_of,
            details_after=self.settings.call_details_after,
        )
        app = web.Application(middlewares=[_as_error, self._signed_in, _as_html])
        app.on_response_prepare.append(dated(driver))
        app.router.add_get("/vm/operators/", _listed(operators.people))
        app.router.add_get("/vm/operators/{id}", _single(operators.people))
        app.router.add_get("/vm/operators_init", self._audited(driver, _listed(operators.current)))
        app.router.add_get("/vm/operators_init/{id}", self._audited(driver, _single(operators.current)))
        app.router.add_get("/vm/op_details/{id}", operators.details)
        app.router.add_post(HISTORY_PATH, history.rows)
        app.router.add_get("/vm/groups", _wrapped(groups.groups))
        app.router.add_get("/vm/groups/{id}", _single(groups.groups))
        app.router.add_get("/vm/group_stats/{id}", groups.group_stats)
        app.router.add_get("/vm/stats/group_stats", groups.group_stats)
        app.router.add_get(RECEIVED_NUMBERS_PATH, groups.received_numbers)
        app.router.add_get(RECEIVED_GROUPS_PATH, groups.received_groups)
        return app

    def _audited(self, driver: Driver, handler: Handler) -> Handler:
        """Record every request and those that come too soon after the previous one."""

        async def audited(request: web.Request) -> web.StreamResponse:
            now = driver.clock.monotonic()
            if self.asked and now - self.asked[-1] < _MIN_INTERVAL_SECONDS:
                self.audit.append(now)
            self.asked.append(now)
            return await handler(request)

        return audited

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Allow a request with credentials in the query or a header."""
        settings = self.settings
        basic = base64.b64encode(f"{settings.username}:{settings.password}".encode()).decode()
        header = request.headers.get("Authorization")
        by_query = (request.query.get("user"), request.query.get("password")) == (settings.username, settings.password)
        if not by_query and header not in {f"Basic {basic}", f"APIKey {settings.api_key}"}:
            raise web.HTTPUnauthorized(text="Authentification requise")
        return await handler(request)


class _VoiceGroups:
    """The voice queues of a centre in the vendor's format."""

    def __init__(self, driver: Driver, dates: Dates) -> None:
        self._driver = driver
        self._dates = dates

    @property
    def _centre(self) -> Centre:
        return self._driver.centre

    def groups(self) -> list[Row]:
        """Return the groups."""
        return [{"id": queue.id, "name": queue.name} for queue in self._queues()]

    async def group_stats(self, request: web.Request) -> web.Response:
        """Return the supervision of one group."""
        requested = request.match_info.get("id") or request.query.get("group_id")
        found = [queue for queue in self._queues() if queue.id == requested]
        if not found:
            raise web.HTTPNotFound(text=f"Groupe {requested} inconnu")
        short, within = _requested_limits(await request.text())
        return web.json_response(self._supervision(found[0], short, within))

    async def received_groups(self, request: web.Request) -> web.Response:
        """Return the calls received by groups, by default all groups."""
        ids = request.query.getall("group_id", [])
        queues = [queue for queue in self._queues() if queue.id in ids or not ids]
        row = _received(queues)
        if "include_realtime" in request.query:
            waits = [queue.oldest_wait_seconds or 0.0 for queue in queues if queue.waiting_contacts]
            row |= {
                "active_calls": _talking(queues) + _waiting(queues),
                "oldest_call_waiting_since": self._dates.ago(max(waits, default=None)),
            }
        return web.json_response({"data": row})

    async def received_numbers(self, request: web.Request) -> web.Response:
        """Return the calls received by numbers, by default all numbers."""
        numbers = request.query.getall("dest_number", [])
        dialled = {profile.id: profile.vdn for profile in self._centre.profile.queues}
        queues = [queue for queue in self._queues() if dialled[queue.id] in numbers or not numbers]
        row = _received(queues)
        if "include_realtime" in request.query:
            talking = _talking(queues)
            row |= {"active_calls": talking + _waiting(queues), "in_conversation_calls": talking}
        return web.json_response({"data": row})

    def _queues(self) -> list[Queue]:
        return [queue for queue in self._centre.ledger.queues() if queue.channel == "voice"]

    def _supervision(self, queue: Queue, short: float, within: float) -> Row:
        profile = self._centre.lines[queue.id].profile
        ages = queue.wait_ages
        up_to_1m, up_to_3m, waiting = (
            (ages.within_60_seconds, ages.within_180_seconds, ages.total) if ages else (0, 0, 0)
        )
        return {
            "group_id": int(queue.id),
            "group_name": queue.name,
            "nbr_global": queue.contacts_offered,
            "nbr_global_reel": queue.contacts_offered_unique,
            "nbr_escalades": queue.contacts_escalated,
            "pourc_decroche": percentage(queue.answered_ratio),
            "nbr_comm": queue.active_contacts,
            "nbr_attente": str(queue.waiting_contacts),
            "nbr_perdus": queue.contacts_abandoned,
            "nbr_perdus_reel": queue.contacts_abandoned_unique,
            "tps_max_attente": _time(queue.max_wait_seconds),
            "tps_moyen_attente": _time(queue.average_wait_seconds),
            "tps_moyen_comm": _time(queue.average_talk_seconds),
            "tps_moyen_abandon": _time(queue.average_abandon_wait_seconds),
            "nbr_appels_attente_moins1m": up_to_1m,
            "nbr_appels_attente_1a3m": up_to_3m - up_to_1m,
            "nbr_appels_attente_3mplus": waiting - up_to_3m,
            "nbr_abandonne": queue.contacts_abandoned_short if short == profile.short_seconds else "",
            "nbr_repondu": queue.contacts_answered_in_service_level if within == profile.target_seconds else "",
            "tps_moyen_catchup": _time(queue.average_wrap_up_seconds),
        }


def _received(queues: Sequence[Queue]) -> Row:
    return {
        "total_duration": int(sum(queue.talk_seconds or 0 for queue in queues)),
        "calls_count": sum(int(queue.contacts_offered or 0) for queue in queues),
        "agent_connected_calls_count": sum(int(queue.contacts_answered or 0) for queue in queues),
    }


def _talking(queues: Sequence[Queue]) -> int:
    return sum(int(queue.active_contacts or 0) for queue in queues)


def _waiting(queues: Sequence[Queue]) -> int:
    return sum(int(queue.waiting_contacts or 0) for queue in queues)


def _requested_limits(body: str) -> tuple[float, float]:
    """Return the limits of short abandons and of answers in service level, which the vendor reads from a GET body."""
    try:
        limits = json.loads(body) if body else {}
        return (
            float(limits.get("nbr_abandonne", _USUAL_SHORT_SECONDS)),
            float(limits.get("nbr_repondu", _USUAL_ANSWER_SECONDS)),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise web.HTTPBadRequest(text="Paramètres invalides") from error


def _time(seconds: float | None) -> object:
    """Format a duration: whole seconds as HH:MM:SS, fractions as a number, None as an empty string."""
    if seconds is None:
        return ""
    if seconds != int(seconds):
        return seconds
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}"


def _listed(rows: Callable[[], Sequence[Row]]) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response(rows())

    return answer


def _wrapped(rows: Callable[[], Sequence[Row]]) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"data": rows()})

    return answer


def _single(rows: Callable[[], Sequence[Row]]) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        found = [row for row in rows() if str(row["id"]) == request.match_info["id"]]
        if not found:
            raise web.HTTPNotFound(text="Inconnu")
        return web.json_response(found[0])

    return answer


@web.middleware
async def _as_error(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return every error as a JSON object."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.text}, status=error.status)


@web.middleware
async def _as_html(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return HTML to a browser unless it requests JSON."""
    response = await handler(request)
    wants_json = request.query.get("accept") == "application/json" or "text/html" not in request.headers.get(
        "Accept", ""
    )
    if wants_json or not isinstance(response, web.Response):
        return response
    return web.Response(text=f"<html><body><pre>{response.text}</pre></body></html>", content_type="text/html")
