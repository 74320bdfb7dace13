"""Netaxis APIO on BroadWorks, as published: bearer tokens, one GET per agent and JSON bodies in GET requests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter import model
from exporter.model import AgentState
from exporter.simulator.agents import Agent
from exporter.simulator.default import DEFAULT
from exporter.simulator.driver import Driver
from exporter.simulator.tokens_and_quota import Quota, Tokens

# BroadWorks' values; an agent stays Available while ringing and during the call.
AGENT_WORDS: dict[AgentState, str] = {
    "available": "Available",
    "ringing": "Available",
    "busy": "Available",
    "wrap_up": "Wrap-Up",
    "not_ready": "Unavailable",
    "paused": "Unavailable",
    "logged_out": "Sign-Out",
}

_LOGIN_PATH = "/api/v01/auth/login"
_SERVICE_PATH = "/api/v1/tenants/{tenant}/groups/{group}/users/{user}/services/call_centers/"
_QUOTA_SECONDS = 60
_LONGEST_BODY = 65_536

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApioSettings:
    """How the API behaves.

    Attributes:
        username: The accepted user name.
        password: The accepted password.
        tenant: The only tenant.
        group: The only group.
        supervisor: User id of the only supervisor, who supervises every agent of every call centre.
        domain: The domain of every user id, after the `@`.
        token_lifetime: Seconds a token is valid; not included in any response.
        quota: Requests allowed per minute.
    """

    username: str = "demo"
    password: str = "demo"  # noqa: S105 - grants access to the simulation only
    tenant: str = "demo"
    group: str = "demo"
    supervisor: str = "supervisor@sip.example"
    domain: str = "sip.example"
    token_lifetime: float = 3600.0
    quota: int = 60_000


class Apio:
    """The dialect of APIO; it serves voice queues only, as call centres, and all agents with the skill for one.

    Args:
        settings: The settings of the API.

    Attributes:
        settings: The settings of the API.
        failing: Ids of agents whose requests are answered with a server error.
        tokens: The issued tokens; set by `application`.
        sign_ins: Number of issued tokens.
    """

    name = "apio"
    tokens: Tokens

    def __init__(self, settings: ApioSettings | None = None) -> None:
        self.settings = settings or ApioSettings()
        self.failing: frozenset[str] = frozenset()
        self.sign_ins = 0

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this API.

        Args:
            url: The API's URL.
        """
        settings = self.settings
        return {
            "name": "brussels",
            "url": url,
            "tenant": settings.tenant,
            "group": settings.group,
            "username": settings.username,
            "password": settings.password,
            "supervisors": [settings.supervisor],
            "call_centers": [queue.id for queue in DEFAULT.queues if queue.channel == "voice"],
        }

    def application(self, driver: Driver) -> web.Application:
        """Return the API."""
        self.tokens = Tokens(driver.clock, self.settings.token_lifetime)
        access = _AccessControl(self, driver)
        service = _Service(self, driver)
        app = web.Application(middlewares=[_as_details, access.check])
        app.router.add_post(_LOGIN_PATH, access.sign_in)
        app.router.add_get(_SERVICE_PATH, service.profile)
        app.router.add_get(f"{_SERVICE_PATH}{{call_center}}/supervised_agents/", service.supervised_agents)
        return app


class _AccessControl:
    """Checks credentials, tokens and the quota."""

    def __init__(self, apio: Apio, driver: Driver) -> None:
        self._apio = apio
        self._quota = Quota(driver.clock, apio.settings.quota, _QUOTA_SECONDS)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Issue a token for valid credentials."""
        body = await _document(request)
        settings = self._apio.settings
        if (body.get("username"), body.get("password")) != (settings.username, settings.password):
            raise web.HTTPUnauthorized(text="Invalid credentials")
        self._apio.sign_ins += 1
        token = self._apio.tokens.issue()
        return web.json_response({"access_token": token, "refresh_token": f"refresh-{token}"})

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Allow a request with a valid token that is within the quota."""
        if request.path.endswith(_LOGIN_PATH):
            return await handler(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._apio.tokens.accepts(token):
            raise web.HTTPUnauthorized(text="Token is invalid or expired")
        if not self._quota.spend():
            raise web.HTTPTooManyRequests(text="Too many requests")
        return await handler(request)


class _Service:
    """The call-centre service of a user."""

    def __init__(self, apio: Apio, driver: Driver) -> None:
        self._apio = apio
        self._driver = driver

    async def profile(self, request: web.Request) -> web.Response:
        """Return an agent's state and call centres."""
        self._require_group(request)
        body = await _document(request)
        agent = self._agent(request.match_info["user"])
        if agent.profile.id in self._apio.failing:
            errors = [{"code": 5003, "details": f"BroadWorks did not answer for {request.match_info['user']}"}]
            return web.json_response(errors, status=500)
        requested = body.get("sensitiveServiceUserIdEquals")
        rows = self._call_centers(agent, named=body.get("enrichCcInfo") is True)
        return web.json_response(
            {
                "agentACDState": AGENT_WORDS[agent.state],
                "agentThresholdProfileName": "Default Agent Threshold Profile",
                "agentUnavailableCode": agent.reason,
                "useDefaultGuardTimer": True,
                "enableGuardTimer": False,
                "guardTimerSeconds": 5,
                "useSystemDefaultUnavailableSettings": True,
                "forceAgentUnavailableOnDNDActivation": False,
                "forceAgentUnavailableOnBouncedCallLimit": False,
                "numberConsecutiveBouncedCallsToForceAgentUnavailable": 3,
                "forceAgentUnavailableOnNotReachable": False,
                "call_centers": [row for row in rows if requested in {None, row["serviceUserId"]}],
            }
        )

    async def supervised_agents(self, request: web.Request) -> web.Response:
        """Return the agents of a call centre."""
        self._require_group(request)
        queue_id = request.match_info["call_center"]
        skills = {line.profile.skill for line in self._driver.centre.lines.values() if line.profile.id == queue_id}
        if request.match_info["user"] != self._apio.settings.supervisor or not self._queue(queue_id):
            raise web.HTTPNotFound(text="Supervisor not found in this call center")
        agents = [agent for agent in self._driver.centre.floor.agents if skills & agent.profile.skills.keys()]
        return web.json_response({"supervised_agents": [self._person(agent) for agent in agents]})

    def _require_group(self, request: web.Request) -> None:
        settings = self._apio.settings
        if (request.match_info["tenant"], request.match_info["group"]) != (settings.tenant, settings.group):
            raise web.HTTPNotFound(text="Group not found")

    def _agent(self, user: str) -> Agent:
        agents = self._driver.centre.floor.agents
        found = next((agent for agent in agents if self._user(agent) == user), None)
        if found is None:
            raise web.HTTPNotFound(text="User not found")
        return found

    def _user(self, agent: Agent) -> str:
        return f"{agent.profile.id}@{self._apio.settings.domain}"

    def _queue(self, queue_id: str) -> bool:
        return any(queue.id == queue_id for queue in self._queues())

    def _queues(self) -> list[model.Queue]:
        return [queue for queue in self._driver.centre.ledger.queues() if queue.channel == "voice"]

    def _call_centers(self, agent: Agent, *, named: bool) -> list[Row]:
        """Return the call centres of an agent's group; a signed-in agent has joined those it has the skill for."""
        centre = self._driver.centre
        joined = () if agent.state == "logged_out" else agent.profile.skills
        colleagues = [other for other in centre.floor.agents if other.profile.group == agent.profile.group]
        skills = {skill for colleague in colleagues for skill in colleague.profile.skills}
        return [
            _call_center(queue, joined=centre.lines[queue.id].profile.skill in joined, named=named)
            for queue in self._queues()
            if centre.lines[queue.id].profile.skill in skills
        ]

    def _person(self, agent: Agent) -> Row:
        first, _, last = agent.profile.name.partition(" ")
        department = agent.profile.group
        settings = self._apio.settings
        return {
            "userId": self._user(agent),
            "lastName": last,
            "firstName": first,
            "phoneNumber": f"+3225{agent.profile.id:0>6}",
            "extension": agent.profile.id,
            "department": {
                "tenantId": settings.tenant,
                "groupId": settings.group,
                "departmentName": department,
                "fullPathName": department,
            },
            "emailAddress": "",
            "impId": "",
            "locationCode": "",
        }


def _call_center(queue: model.Queue, *, joined: bool, named: bool) -> Row:
    row: Row = {
        "serviceUserId": queue.id,
        "available": joined,
        "priority": "5.0",
        "phoneNumber": "",
        "extension": "",
        "type": "Basic",
        "logOffAllowed": True,
    }
    return {**row, "name": queue.name} if named else row


async def _document(request: web.Request) -> Row:
    """Return the JSON object in a request's body, {} if the body is empty."""
    body = await request.content.read(_LONGEST_BODY)
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise web.HTTPBadRequest(text="Malformed JSON") from error
    if not isinstance(document, dict):
        raise web.HTTPBadRequest(text="INVALID_PARAMETERS")
    return document


@web.middleware
async def _as_details(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return every error in APIO's format."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        headers = {name: value for name, value in error.headers.items() if name != "Content-Type"}
        return web.json_response({"details": error.text}, status=error.status, headers=headers)
