"""KPN Dashboard Server, as published: OAuth client credentials and numbers as strings."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter import model
from exporter.model import AgentState, Direction, PortState
from exporter.simulator.agents import Agent
from exporter.simulator.centre import Centre
from exporter.simulator.driver import Driver
from exporter.simulator.tokens_and_quota import Quota, Tokens

# The states of Avaya's Call Management System; it has one state for all ways of being not ready.
AGENT_WORDS: dict[AgentState, str] = {
    "available": "AVAIL",
    "ringing": "RINGING",
    "busy": "ACD",
    "wrap_up": "ACW",
    "not_ready": "AUX",
    "paused": "AUX",
    "logged_out": "UNSTAFF",
}
PORT_WORDS: dict[PortState, str] = {
    "idle": "IDLE",
    "seized": "SEIZED",
    "queued": "QUEUED",
    "connected": "CONN",
    "ringing": "RINGING",
    "held": "HOLD",
    "maintenance": "MBUSY",
    "fault": "FAULT",
}
DIRECTION_WORDS: dict[Direction, str] = {"in": "IN", "out": "OUT"}

_TOKEN_PATH = "/oauth/client_credential/accesstoken"  # noqa: S105 - a path
_QUOTA_SECONDS = 60
_APPLICATION = "6e38ed2d-48b1-4362-97d6-04254065d79c"

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class KpnSettings:
    """How the API behaves.

    Attributes:
        client_id: The accepted client id.
        client_secret: The accepted secret.
        token_lifetime: Whole seconds a token is valid.
        quota: Requests allowed per minute.
    """

    client_id: str = "demo"
    client_secret: str = "demo"  # noqa: S105 - grants access to the simulation only
    token_lifetime: int = 3599
    quota: int = 6000


class Kpn:
    """The dialect of KPN; it serves voice queues only, and all agents and trunks.

    Args:
        settings: The settings of the API.

    Attributes:
        settings: The settings of the API.
        error: The `Error` of every response, with a null `DataSet`; None for no error.
    """

    name = "kpn"

    def __init__(self, settings: KpnSettings | None = None) -> None:
        self.settings = settings or KpnSettings()
        self.error: str | None = None

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this API.

        Args:
            url: The API's URL.
        """
        return {
            "name": "amsterdam",
            "url": url,
            "token_url": f"{url}{_TOKEN_PATH}",
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
        }

    def application(self, driver: Driver) -> web.Application:
        """Return the API."""
        gateway = _Gateway(self.settings, driver)
        app = web.Application(middlewares=[_as_gateway_error, gateway.check])
        app.router.add_post(_TOKEN_PATH, gateway.sign_in)
        for kind, key, rows in _RESOURCES:
            resource = _Resource(self, driver, kind, key, rows)
            app.router.add_get(f"/{kind}s", resource.all)
            app.router.add_get(f"/{kind}/{key.lower()}/{{key}}", resource.single)
        return app


class _Gateway:
    """The API gateway: checks credentials, tokens and the quota."""

    def __init__(self, settings: KpnSettings, driver: Driver) -> None:
        self._settings = settings
        self._clock = driver.clock
        self._tokens = Tokens(driver.clock, settings.token_lifetime)
        self._quota = Quota(driver.clock, settings.quota, _QUOTA_SECONDS)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Issue a token for valid credentials."""
        if request.query.get("grant_type") != "client_credentials":
            raise web.HTTPBadRequest(text="grant_type must be client_credentials")
        form = await request.post()
        settings = self._settings
        if (form.get("client_id"), form.get("client_secret")) != (settings.client_id, settings.client_secret):
            raise web.HTTPUnauthorized(text="Invalid client credentials")
        return web.json_response(
            {
                "refresh_token_expires_in": "0",
                "api_product_list": "[dashboard-server]",
                "api_product_list_json": ["dashboard-server"],
                "organization_name": "kpn",
                "developer_email": "demo@example.org",
                "token_type": "Bearer",
                "issued_at": str(int(self._clock.time() * 1000)),
                "client_id": settings.client_id,
                "access_token": self._tokens.issue(),
                "application_name": _APPLICATION,
                "scope": "",
                "expires_in": str(settings.token_lifetime),
                "refresh_count": "0",
                "status": "approved",
            }
        )

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Allow a request with a valid token that is within the quota."""
        if request.path.endswith(_TOKEN_PATH):
            return await handler(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._tokens.accepts(token):
            raise web.HTTPUnauthorized(text="Invalid or expired access token")
        if not self._quota.spend():
            raise web.HTTPTooManyRequests(text="Quota exceeded", headers=self._quota_headers())
        response = await handler(request)
        response.headers.update(self._quota_headers())
        return response

    def _quota_headers(self) -> dict[str, str]:
        return {
            "quota-limit": str(self._quota.limit),
            "quota-interval": "1",
            "quota-time-unit": "minute",
            "quota-used": str(self._quota.used),
            "quota-reset-UTC": str(int(self._quota.reset_at * 1000)),
        }


class _Resource:
    """One resource, served as all its rows or the row with a key."""

    def __init__(
        self,
        kpn: Kpn,
        driver: Driver,
        kind: str,
        key: str,
        rows: Callable[[Centre], list[Row]],
    ) -> None:
        self._kpn = kpn
        self._driver = driver
        self._kind = kind
        self._key = key
        self._rows = rows

    async def all(self, _request: web.Request) -> web.Response:
        """Return every row."""
        return self._answer({f"{self._kind}s": self._rows(self._driver.centre)})

    async def single(self, request: web.Request) -> web.Response:
        """Return the row with a key."""
        key = request.match_info["key"]
        rows = [row for row in self._rows(self._driver.centre) if row[self._key] == key]
        if not rows:
            raise web.HTTPNotFound(text=f"No {self._kind} with {self._key} {key}")
        return self._answer({self._kind: rows[0]})

    def _answer(self, data: Row) -> web.Response:
        error = self._kpn.error
        return web.json_response({"Error": error, "DataSet": data if error is None else None})


@web.middleware
async def _as_gateway_error(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return every error in the gateway's format."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        body = {
            "transactionId": str(uuid.uuid4()),
            "status": str(error.status),
            "name": HTTPStatus(error.status).phrase,
            "message": error.text,
            "info": "https://developer.kpn.com",
        }
        headers = {name: value for name, value in error.headers.items() if name != "Content-Type"}
        return web.json_response(body, status=error.status, headers=headers)


def _number(value: float | None) -> str | None:
    """Format a number as the vendor does: a string without an exponent or trailing fraction."""
    if value is None:
        return None
    return f"{int(value)}" if value == int(value) else format(Decimal(repr(value)), "f")


def _percentage(ratio: float | None) -> str | None:
    """Format a ratio as a percentage that, parsed as a decimal, is exactly that ratio."""
    if ratio is None:
        return None
    exact = format(Decimal(repr(float(ratio))).scaleb(2), "f")
    return exact.rstrip("0").rstrip(".") if "." in exact else exact


def _queues(centre: Centre) -> list[Row]:
    return [_queue(queue) for queue in centre.ledger.queues() if queue.channel == "voice"]


def _queue(queue: model.Queue) -> Row:
    agents = queue.agents
    return {
        "Name": queue.name,
        "Number": queue.id,
        "InQueueCalls": _number(queue.waiting_contacts),
        "OfferedCalls": _number(queue.contacts_offered),
        "AnsweredCalls": _number(queue.contacts_answered),
        "InServiceLevelCalls": _number(queue.contacts_answered_in_service_level),
        "TransferredCalls": _number(queue.contacts_transferred),
        "HoldCalls": _number(queue.contacts_held),
        "RONACalls": _number(queue.contacts_redirected_on_no_answer),
        "RingTime": _number(queue.ring_seconds),
        "Answertime": _number(queue.answer_wait_seconds),
        "ACDtime": _number(queue.talk_seconds),
        "Abandontime": _number(queue.abandon_wait_seconds),
        "Flowout": _number(queue.contacts_overflowed),
        "LongestWaitingCall": _number(queue.oldest_wait_seconds),
        "Staffed": _number(queue.staffed_agents),
        "Available": _number(agents["available"]),
        "InACD": _number(agents["busy"]),
        "InAUX": _number(agents["not_ready"] + agents["paused"]),
        "InACW": _number(agents["wrap_up"]),
        "ServiceLevel": _percentage(queue.service_level_ratio),
    }


def _agents(centre: Centre) -> list[Row]:
    pairs = zip(centre.ledger.agents(), centre.floor.agents, strict=True)
    return [_agent(truth, agent, centre) for truth, agent in pairs]


def _agent(truth: model.Agent, agent: Agent, centre: Centre) -> Row:
    contact = agent.contact if truth.state == "busy" else None
    lines = [contact.line] if contact and contact.line else list(centre.lines.values())
    line = next(line for line in lines if line.profile.skill in agent.profile.skills)
    skill = line.profile.skill
    return {
        "Logid": truth.id,
        "Agent": truth.name,
        "Status": AGENT_WORDS[truth.state],
        "Reason": truth.reason or None,
        "Direction": DIRECTION_WORDS[contact.direction] if contact else None,
        "Skill": skill,
        "Lvl": _number(agent.profile.skills[skill]),
        "Time": _number(truth.time_in_state_seconds),
        "VDN": line.profile.vdn,
        "Dep": truth.group,
    }


def _trunks(centre: Centre) -> list[Row]:
    return [_trunk(trunk) for trunk in centre.ledger.trunks()]


def _trunk(trunk: model.Trunk) -> Row:
    return {
        "Name": trunk.name,
        "Number": trunk.id,
        "TotalPorts": _number(trunk.capacity_ports),
        "PortsInUse": _number(trunk.in_use_ports),
        "PortsIdle": _number(trunk.idle_ports),
        "Usage": _percentage(trunk.usage_ratio),
        "Ports": [{"Number": port.id, "State": PORT_WORDS[port.state]} for port in trunk.ports or ()],
    }


_RESOURCES: Sequence[tuple[str, str, Callable[[Centre], list[Row]]]] = (
    ("agent", "Logid", _agents),
    ("queue", "Number", _queues),
    ("trunk", "Number", _trunks),
)
