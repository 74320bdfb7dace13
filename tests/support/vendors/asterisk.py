"""An Asterisk for tests: the recorded answers of a real one, and a server that signs in and answers as it does."""

import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

from aiohttp import web

from tests.support.paths import VENDOR_FIXTURES

FOLDER = VENDOR_FIXTURES / "asterisk"
BEGAN: float
"""When the recording began, in seconds since the epoch."""
ITEMS: list[dict[str, Any]]
"""The recorded answers, and what was done meanwhile, in order; `at` is in seconds since the beginning."""
_RECORDING = json.loads((FOLDER / "recording.json").read_text())
BEGAN, ITEMS = _RECORDING["began"], _RECORDING["items"]

DENIED = b"Response: Error\r\nMessage: Permission denied\r\n\r\n"
ACCEPTED = b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
REFUSED = b"Response: Error\r\nMessage: Authentication failed\r\n\r\n"
IN_USE = b"Response: Error\r\nMessage: Login Already In Use\r\n\r\n"
GOODBYE = b"Response: Goodbye\r\nMessage: Thanks for all the fish.\r\n\r\n"


def recorded(name: str) -> bytes:
    """Return a recorded answer by the start of its name, such as `010`."""
    return next(str(item["body"]).encode() for item in ITEMS if item.get("file", "").startswith(name))


def time_of(name: str) -> float:
    """Return when an answer was recorded, in seconds since the epoch."""
    return next(BEGAN + float(item["at"]) for item in ITEMS if item.get("file", "").startswith(name))


def fixture(name: str) -> bytes:
    """Return an answer that is written as text, with the line ends of AMI."""
    return (FOLDER / f"{name}.txt").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def queue_status(*events: str) -> bytes:
    """Return an answer to QueueStatus with these events, each as lines of text."""
    return listed("QueueStatus", *events)


def listed(action: str, *events: str) -> bytes:
    """Return the answer to an action that lists these events."""
    complete = {
        "QueueStatus": "QueueStatusComplete",
        "PJSIPShowEndpoints": "EndpointListComplete",
        "PJSIPShowRegistrationsOutbound": "OutboundRegistrationDetailComplete",
    }[action]
    blocks = [
        "Response: Success\nEventList: start\nMessage: A list will follow",
        *(event.strip("\n") for event in events),
        f"Event: {complete}\nEventList: Complete\nListItems: {len(events)}",
    ]
    return "".join(f"{block}\n\n" for block in blocks).replace("\n", "\r\n").encode()


ANSWERS: Mapping[str, bytes] = {
    "CoreStatus": recorded("012"),
    "QueueStatus": recorded("010"),
    "PJSIPShowEndpoints": fixture("endpoints"),
    "PJSIPShowRegistrationsOutbound": fixture("registrations"),
}


class Ami:
    """The manager interface over HTTP; every answer has status 200.

    Attributes:
        answers: The answer to each action.
        denied: Actions that the user has no right to.
        requests: The actions of a signed-in session, in order.
        refused: The actions that were refused because the session had ended.
        sign_ins: The parameters of each sign-in.
        sign_in: The answer to a sign-in.
        one_session: Whether a user may have one session only, as with `allowmultiplelogin=no`.
        now: The time of the `Date` header; None for the present time.
        max_age: Seconds that a session lasts without a request, as announced.
    """

    def __init__(self, answers: Mapping[str, bytes] = ANSWERS) -> None:
        self.answers: dict[str, bytes | Callable[[], bytes]] = {**answers}
        self.denied: set[str] = set()
        self.requests: list[str] = []
        self.refused: list[str] = []
        self.sign_ins: list[dict[str, object]] = []
        self.sign_in = ACCEPTED
        self.one_session = False
        self.now: float | None = None
        self.max_age = 60
        self.sessions: set[str] = set()
        self._made = 0xCC7BEA4D

    async def handle(self, request: web.Request) -> web.Response:
        """Answer as Asterisk does."""
        if not request.path.endswith("/rawman"):
            return web.Response(status=404)
        form: dict[str, object] = {**request.query, **await request.post()}
        action = str(form.get("action", ""))
        session = request.cookies.get("mansession_id", "").strip('"')
        if session not in self.sessions:
            self._made += 1
            session = f"{self._made:08x}"
        return self._response(self._answer(action, session, form), session)

    def end_sessions(self) -> None:
        """End every session, as Asterisk does when it restarts."""
        self.sessions.clear()

    def _answer(self, action: str, session: str, form: dict[str, object]) -> bytes:
        if action == "Login":
            self.sign_ins.append(form)
            return self._signed_in(session)
        if session not in self.sessions:
            self.refused.append(action)
            return DENIED
        self.requests.append(action)
        if action == "Logoff":
            self.sessions.discard(session)
            return GOODBYE
        if action in self.denied:
            return DENIED
        answer = self.answers.get(action)
        if answer is None:
            text = f"Invalid/unknown command: {action}. Use Action: ListCommands to show available commands."
            return f"Response: Error\r\nMessage: {text}\r\n\r\n".encode()
        return answer() if callable(answer) else answer

    def _signed_in(self, session: str) -> bytes:
        if self.one_session and self.sessions:
            return IN_USE
        self.sessions |= {session} if self.sign_in == ACCEPTED else set()
        return self.sign_in

    def _response(self, body: bytes, session: str) -> web.Response:
        headers = {
            "Content-Type": "text/plain",
            "Cache-Control": "no-cache, no-store",
            "Set-Cookie": f'mansession_id="{session}"; Version=1; Max-Age={self.max_age}',
            "Pragma": "SuppressEvents",
        }
        if self.now is not None:
            headers["Date"] = formatdate(self.now, usegmt=True)
        return web.Response(body=body, headers=headers)
