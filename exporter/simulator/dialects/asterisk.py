"""Asterisk's manager interface over HTTP: text answers with status 200, sessions by cookie, and lists of events."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from exporter.runtime.clock import Clock
from exporter.simulator.centre import Centre
from exporter.simulator.date_header import dated
from exporter.simulator.dialects.asterisk_lists import (
    END_OF_LIST,
    Message,
    endpoints,
    queue_status,
    queue_summary,
    registrations,
)
from exporter.simulator.driver import Driver

_LISTS: Mapping[str, Callable[[Centre, Driver], list[Message]]] = {
    "QueueStatus": queue_status,
    "QueueSummary": queue_summary,
    "PJSIPShowEndpoints": endpoints,
    "PJSIPShowRegistrationsOutbound": registrations,
}
# A user needs one of these rights to write; the other actions need none.
_RIGHTS: Mapping[str, frozenset[str]] = {
    "CoreStatus": frozenset({"system", "reporting"}),
    "PJSIPShowEndpoints": frozenset({"system"}),
    "PJSIPShowRegistrationsOutbound": frozenset({"system", "reporting"}),
}
_DENIED: Message = {"Response": "Error", "Message": "Permission denied"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSettings:
    """How the interface behaves.

    Attributes:
        username: The accepted AMI user.
        secret: The accepted secret.
        write: The rights of the user.
        http_timeout: Seconds that a session lasts without a request.
    """

    username: str = "demo"
    secret: str = "demo"  # noqa: S105 - grants access to the simulation only
    write: frozenset[str] = frozenset({"system", "agent", "reporting"})
    http_timeout: int = 60


class Asterisk:
    """The dialect of Asterisk; it serves voice queues, their agents and the trunks.

    Args:
        settings: The settings of the interface.

    Attributes:
        settings: The settings of the interface.
    """

    name = "asterisk"

    def __init__(self, settings: AsteriskSettings | None = None) -> None:
        self.settings = settings or AsteriskSettings()

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this interface.

        Args:
            url: The address of the HTTP server.
        """
        return {"name": "utrecht", "url": url, "username": self.settings.username, "secret": self.settings.secret}

    def application(self, driver: Driver) -> web.Application:
        """Return the interface."""
        manager = _Manager(self.settings, driver)
        app = web.Application()
        app.on_response_prepare.append(dated(driver))
        app.router.add_get("/rawman", manager.answer)
        app.router.add_post("/rawman", manager.answer)
        return app


class _Sessions:
    """Sessions that end if they are not used; a request without one begins another."""

    def __init__(self, clock: Clock, timeout: float) -> None:
        self._clock = clock
        self._timeout = timeout
        self._until: dict[str, float] = {}

    def signed_in(self, session: str) -> bool:
        """Return whether a session is signed in, and extend it."""
        now = self._clock.monotonic()
        if now >= self._until.get(session, float("-inf")):
            return False
        self._until[session] = now + self._timeout
        return True

    def sign_in(self, session: str) -> None:
        """Sign a session in; ended ones are dropped."""
        now = self._clock.monotonic()
        self._until = {each: until for each, until in self._until.items() if now < until}
        self._until[session] = now + self._timeout

    def end(self, session: str) -> None:
        """End a session."""
        self._until.pop(session, None)


class _Manager:
    """The manager: signs in, checks rights and answers actions."""

    def __init__(self, settings: AsteriskSettings, driver: Driver) -> None:
        self._settings = settings
        self._driver = driver
        self._sessions = _Sessions(driver.clock, settings.http_timeout)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer an action, named by a parameter of the query or the form."""
        parameters = {name.lower(): str(value) for name, value in {**request.query, **await request.post()}.items()}
        session = request.cookies.get("mansession_id", "").strip('"')
        known = self._sessions.signed_in(session)
        if not known:
            session = secrets.token_hex(4)
        messages = self._messages(parameters, session, known=known)
        cookie = f'mansession_id="{session}"; Version=1; Max-Age={self._settings.http_timeout}'
        return web.Response(
            body="".join(map(_text, messages)).encode(),
            headers={"Content-Type": "text/plain", "Cache-Control": "no-cache, no-store", "Set-Cookie": cookie},
        )

    def _messages(self, parameters: Mapping[str, str], session: str, *, known: bool) -> list[Message]:
        action = parameters.get("action", "")
        if action.lower() == "login":
            return [self._sign_in(parameters, session)]
        if not known or (action in _RIGHTS and self._settings.write.isdisjoint(_RIGHTS[action])):
            return [_DENIED]
        if action.lower() == "logoff":
            self._sessions.end(session)
            return [{"Response": "Goodbye", "Message": "Thanks for all the fish."}]
        return self._list(action) if action in _LISTS else [self._single(action)]

    def _sign_in(self, parameters: Mapping[str, str], session: str) -> Message:
        given = (parameters.get("username"), parameters.get("secret"))
        if given != (self._settings.username, self._settings.secret):
            return {"Response": "Error", "Message": "Authentication failed"}
        self._sessions.sign_in(session)
        return {"Response": "Success", "Message": "Authentication accepted"}

    def _single(self, action: str) -> Message:
        """Return the start of the simulation, in UTC, as the start of Asterisk; other actions are unknown."""
        if action != "CoreStatus":
            hint = "Use Action: ListCommands to show available commands."
            return {"Response": "Error", "Message": f"Invalid/unknown command: {action}. {hint}"}
        began = datetime.fromtimestamp(self._driver.time_of(0.0), UTC)
        return {
            "Response": "Success",
            "CoreStartupDate": f"{began:%Y-%m-%d}",
            "CoreStartupTime": f"{began:%H:%M:%S}",
            "CoreReloadDate": f"{began:%Y-%m-%d}",
            "CoreReloadTime": f"{began:%H:%M:%S}",
            "CoreCurrentCalls": "0",
            "CoreProcessedCalls": "0",
        }

    def _list(self, action: str) -> list[Message]:
        items = _LISTS[action](self._driver.centre, self._driver)
        begin = {"Response": "Success", "EventList": "start", "Message": "A list will follow"}
        return [begin, *items, {"Event": END_OF_LIST[action], "EventList": "Complete", "ListItems": str(len(items))}]


def _text(message: Message) -> str:
    return "".join(f"{header}: {value}\r\n" for header, value in message.items()) + "\r\n"
