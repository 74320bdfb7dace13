"""Axialys' operators: the list, their current states and the details of each."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from exporter import model
from exporter.model import AgentState
from exporter.simulator.agents import Agent
from exporter.simulator.driver import Driver

# Axialys has no state for wrap-up; a break has its own field, and a logout is recognised by its date.
ETAT_WORDS: Mapping[AgentState, str] = {
    "available": "available",
    "ringing": "ringing",
    "busy": "connected",
    "wrap_up": "unavailable",
    "not_ready": "unavailable",
    "paused": "unavailable",
    "logged_out": "unavailable",
}

# The simulation does not keep the login time of a logged-out agent; a shift before the logout is plausible.
_SHIFT_SECONDS = 8.5 * 3600
_ACCOUNT = 7001
# From the range reserved for fiction, so not a real subscriber's number.
CALLER = "33199001234"

Row = dict[str, object]


class Dates:
    """Formats dates in local time, without an offset."""

    def __init__(self, driver: Driver, timezone: str) -> None:
        self._driver = driver
        self._zone = ZoneInfo(timezone)

    def of(self, moment: float | None) -> str | None:
        """Format a simulated time that ages with the clock; None stays None."""
        return None if moment is None else self.ago(self._driver.centre.now - moment)

    def ago(self, seconds: float | None) -> str | None:
        """Format the date some simulated seconds ago; None stays None."""
        return None if seconds is None else self._format(self._driver.clock.time() - seconds)

    def at(self, moment: float) -> str:
        """Format a simulated time of the past, which stays the same."""
        return self._format(self._driver.time_of(moment))

    def _format(self, moment: float) -> str:
        date = datetime.fromtimestamp(round(moment, 3), self._zone).replace(tzinfo=None)
        return date.isoformat(" ", "milliseconds" if date.microsecond else "seconds")


class Operators:
    """The agents of the centre in the vendor's format.

    Args:
        driver: The driver of the centre.
        dates: Formats dates.
        names_breaks: Whether the current state contains a break's name; its start otherwise.
    """

    def __init__(self, driver: Driver, dates: Dates, *, names_breaks: bool) -> None:
        self._driver = driver
        self._dates = dates
        self._names_breaks = names_breaks

    def people(self) -> list[Row]:
        """Return the operators' names and addresses."""
        return [
            {"id": int(truth.id), "name": truth.name, "login": truth.id, "email": f"{truth.id}@example.org"}
            for truth, _ in self._agents()
        ]

    def current(self) -> list[Row]:
        """Return the operators' current states."""
        return [
            {
                "id": int(truth.id),
                "etat": _word(truth, agent),
                **self._moments(truth, agent),
                "pause": self._break(truth, agent),
                "groups": [int(profile_id) for profile_id in self._groups(agent)],
            }
            for truth, agent in self._agents()
        ]

    async def details(self, request: web.Request) -> web.Response:
        """Return the details of one operator."""
        for truth, agent in self._agents():
            if truth.id == request.match_info["id"]:
                return web.Response(text=_document(self._detail(truth, agent)), content_type="application/json")
        raise web.HTTPNotFound(text="Inconnu")

    def _agents(self) -> Iterator[tuple[model.Agent, Agent]]:
        centre = self._driver.centre
        return zip(centre.ledger.agents(), centre.floor.agents, strict=True)

    def _detail(self, truth: model.Agent, agent: Agent) -> Iterator[tuple[str, object]]:
        """Yield the fields as published: the first `id` is the account, the second the operator."""
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
        yield "caller_number", None if called is None else CALLER
        yield from self._moments(truth, agent).items()
        yield "dt_answer", None if called is None else self._dates.of(agent.since)
        yield "id_appel", None if called is None else called.record.number
        yield "groups", ",".join(self._groups(agent))
        yield "id_group", None if line is None else int(line.profile.id)

    def _moments(self, truth: model.Agent, agent: Agent) -> Row:
        logged_out = truth.state == "logged_out"
        return {
            "ui_login": self._dates.of(agent.since - _SHIFT_SECONDS if logged_out else agent.logged_in),
            "ui_logout": self._dates.of(agent.since) if logged_out else None,
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
    """Format a JSON object whose names may repeat, which a mapping cannot represent."""
    return "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields) + "}"
