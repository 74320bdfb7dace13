"""Actions of the Asterisk Manager Interface: requests, errors with status 200, and lists that are complete.

Only actions that read are requested, by name and without arguments.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.runtime.worker import run_in_worker
from exporter.vendors.asterisk.messages import Answer, Event, Headers, Wanted, items_of, list_headers, parse_answer
from exporter.vendors.asterisk.session import Session
from exporter.vendors.asterisk.settings import AsteriskSettings
from exporter.vendors.toolkit.error_text import error_text
from exporter.vendors.toolkit.http import Http

T = TypeVar("T")

# Several hundred members, which take some milliseconds.
_WORKER_FROM_BYTES: Final = 1 << 16
_PERMISSION_DENIED: Final = "permission denied"
_UNKNOWN_ACTION: Final = re.compile("invalid/unknown command", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Action:
    """An action that returns one message.

    Attributes:
        name: Its name.
        headers: The headers to keep.
        right: The right that the user needs, or several if each suffices; "" if any user may request it.
    """

    name: str
    headers: Sequence[str]
    right: str = ""


@dataclass(frozen=True, slots=True)
class ListAction:
    """An action that returns a list of events.

    Attributes:
        name: Its name.
        items: The events of the list, and the headers to keep of each.
        complete: The event that ends the list.
        right: The right that the user needs, or several if each suffices; "" if any user may request it.
        counted: The header without which an item is not among the announced ones; "" if all are.
        none: The message of the error that stands for an empty list, in lower case; "" if there is no such error.
    """

    name: str
    items: Wanted
    complete: str
    right: str = ""
    counted: str = ""
    none: str = ""
    wanted: Wanted = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wanted", {**self.items, **list_headers(self.complete)})


class Listed(NamedTuple):
    """The items of a list.

    Attributes:
        items: The items, in order.
        at: When the list was made, in seconds since the epoch by Asterisk's clock, as far as known.
    """

    items: tuple[Event, ...]
    at: float


class RefusedActionError(PollError):
    """The user has no right to an action, or Asterisk does not have it: other actions are not affected."""


class AsteriskApi:
    """The manager interface of one Asterisk.

    Attributes:
        session: The session of the user.
    """

    def __init__(self, target: AsteriskSettings, http: Http, clock: Clock) -> None:
        """Prepare the requests; nothing is sent before the first one."""
        self.session = Session(target, http, clock)
        self._clock = clock
        # The session and the error of each refused action.
        self._refusals: dict[str, tuple[int, str]] = {}

    async def if_allowed(self, name: str, request: Callable[[], Awaitable[T]]) -> T | None:
        """Return the result of a request for an action, None if the user may not request it.

        A missing right is missing for the whole session, and Asterisk logs each attempt as a security event: the action
        is not requested again before the next sign-in.

        Args:
            name: The name of the action.
            request: Requests it.

        Raises:
            PollError: There is no usable response.
        """
        if name in self._refusals and self._refusals[name][0] == self.session.number:
            return None
        try:
            result = await request()
        except RefusedActionError as error:
            self._refusals[name] = (self.session.number, str(error))
            return None
        self._refusals.pop(name, None)
        return result

    def refusal_of(self, name: str) -> str:
        """Return the error of an action that was refused, "" if it was not."""
        return self._refusals[name][1] if name in self._refusals else ""

    async def ask(self, action: Action) -> Headers:
        """Request an action that returns one message.

        Raises:
            RefusedActionError: The user may not request it.
            PollError: There is no usable response.
        """
        response = await self.session.send(action.name)
        answer = parse_answer(response.body, action.name, {}, action.headers)
        _require_success(answer, action.name, action.right)
        return answer.headers

    async def list(self, action: ListAction) -> Listed:
        """Request a list, which is complete.

        Raises:
            RefusedActionError: The user may not request it.
            PollError: There is no usable response.
        """
        response = await self.session.send(action.name)

        def parse() -> tuple[Event, ...]:
            answer = parse_answer(response.body, action.name, action.wanted)
            if not answer.is_success and action.none and answer.message.strip().casefold() == action.none:
                return ()
            _require_success(answer, action.name, action.right)
            return items_of(answer, action.name, action.complete, action.counted)

        items = await _compute(parse, len(response.body))
        return Listed(items, self._clock.time() if response.date is None else response.date)


async def _compute(work: Callable[[], T], size: int) -> T:
    """Return the result of work, which is done in the worker thread if the body is long."""
    return work() if size < _WORKER_FROM_BYTES else await run_in_worker(work)


def _require_success(answer: Answer, action: str, right: str) -> None:
    """Raise if Asterisk reports an error."""
    if answer.is_success:
        return
    message = error_text(answer.message.encode())
    if answer.message.casefold() == _PERMISSION_DENIED:
        needed = f" (the AMI user needs write={right})" if right else ""
        raise RefusedActionError(Reason.AUTH, f"{action}: {message}{needed}")
    if _UNKNOWN_ACTION.match(answer.message):
        raise RefusedActionError(Reason.INVALID, f"{action}: {message}")
    raise PollError(Reason.INVALID, f"{action}: {message or 'error without a message'}")
