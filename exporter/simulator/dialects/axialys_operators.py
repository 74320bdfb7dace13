"""The operators as Axialys tells of them: who they are, what they do now, and each in detail."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from exporter import model
from exporter.model import AgentState
from exporter.simulator.agents import Agent
from exporter.simulator.driver import Driver

# There is no word for wrap-up, a break has a field of its own, and being logged out is known by its date.
ETAT_WORDS: Mapping[AgentState, str] = {
    "available": "available",
    "ringing": "ringing",
    "busy": "connected",
    "wrap_up": "unavailable",
    "not_ready": "unavailable",
    "paused": "unavailable",
    "logged_out": "unavailable",
}

# Nobody knows when somebody logged in who has left again; a shift before is as good as any moment.
_SHIFT_SECONDS = 8.5 * 3600
_ACCOUNT = 7001
# Of nobody: the numbers set aside for films.
_CALLER = "33199001234"

Row = dict[str, object]


class Dates:
    """Dates as told by the clock on the wall, without an offset."""

    def __init__(self, driver: Driver, timezone: str) -> None:
        self._driver = driver
        self._zone = ZoneInfo(timezone)

    def of(self, moment: float | None) -> str | None:
        """Write a simulated moment, None where there is none."""
        return None if moment is None else self.ago(self._driver.centre.now - moment)

    def ago(self, seconds: float | None) -> str | None:
        """Write the date some simulated seconds ago, None where there is none."""
        if seconds is None:
            return None
        date = datetime.fromtimestamp(self._driver.clock.time() - seconds, self._zone).replace(tzinfo=None)
        return date.isoformat(" ", "milliseconds" if date.microsecond else "seconds")


class Operators:
    """Everybody in the centre, in the vendor's words.

    Args:
        driver: The centre.
        dates: Writes dates.
        names_breaks: Whether the current state names a break; it tells the date otherwise.
    """

    def __init__(self, driver: Driver, dates: Dates, *, names_breaks: bool) -> None:
        self._driver = driver
        self._dates = dates
        self._names_breaks = names_breaks

    def people(self) -> list[Row]:
        """Return who the operators are."""
        return [
            {"id": int(truth.id), "name": truth.name, "login": truth.id, "email": f"{truth.id}@example.org"}
            for truth, _ in self._everybody()
        ]

    def current(self) -> list[Row]:
        """Return what the operators do now."""
        return [
            {
                "id": int(truth.id),
                "etat": _word(truth, agent),
                **self._moments(truth, agent),
                "pause": self._break(truth, agent),
                "groups": [int(profile_id) for profile_id in self._groups(agent)],
            }
            for truth, agent in self._everybody()
        ]

    async def details(self, request: web.Request) -> web.Response:
        """Answer with one operator in detail."""
        for truth, agent in self._everybody():
            if truth.id == request.match_info["id"]:
                return web.Response(text=_document(self._detail(truth, agent)), content_type="application/json")
        raise web.HTTPNotFound(text="Inconnu")

    def _everybody(self) -> Iterator[tuple[model.Agent, Agent]]:
        centre = self._driver.centre
        return zip(centre.ledger.agents(), centre.floor.agents, strict=True)

    def _detail(self, truth: model.Agent, agent: Agent) -> Iterator[tuple[str, object]]:
        """Yield the fields as published: `id` is the account first and the operator then."""
        called = agent.contact if truth.state == "busy" else None
        if called is not None and called.channel != "voice":
            called = None
        line = None if called is None else called.line
        yield "id", _ACCOUNT
        yield "id", int(truth.id)
        yield "state", _word(truth, agent)
        yield "break", truth.reason if truth.state == "paused" else ""
        yield "vars", {} if line is None else {"langue": "fr"}
        yield "service_number", None if line is None else line.profile.vdn
        yield "caller_number", None if called is None else _CALLER
        yield from self._moments(truth, agent).items()
        yield "dt_answer", None if called is None else self._dates.of(agent.since)
        yield "id_appel", None if called is None else int(agent.since)
        yield "groups", ",".join(self._groups(agent))
        yield "id_group", None if line is None else int(line.profile.id)

    def _moments(self, truth: model.Agent, agent: Agent) -> Row:
        away = truth.state == "logged_out"
        return {
            "ui_login": self._dates.of(agent.since - _SHIFT_SECONDS if away else agent.logged_in),
            "ui_logout": self._dates.of(agent.since) if away else None,
            "ui_pause": self._dates.of(agent.since) if truth.state == "paused" else "",
            "ui_unpause": None,
        }

    def _break(self, truth: model.Agent, agent: Agent) -> str | None:
        if truth.state != "paused":
            return ""
        return truth.reason if self._names_breaks else self._dates.of(agent.since)

    def _groups(self, agent: Agent) -> list[str]:
        lines = (line.profile for line in self._driver.centre.lines.values())
        return [each.id for each in lines if each.channel == "voice" and each.skill in agent.profile.skills]


def _word(truth: model.Agent, agent: Agent) -> str:
    outward = agent.contact is not None and agent.contact.direction == "out"
    return "calling" if truth.state == "busy" and outward else ETAT_WORDS[truth.state]


def _document(fields: Iterable[tuple[str, object]]) -> str:
    """Write a JSON object whose names may repeat, which no mapping can hold."""
    return "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields) + "}"
