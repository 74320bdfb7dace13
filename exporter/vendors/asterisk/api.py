"""Actions of the Asterisk Manager Interface: requests, errors with status 200, and lists that are complete.

Only actions that read are requested, by name and without arguments.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple, TypeVar

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.runtime.worker import run_in_worker
from exporter.vendors.asterisk.messages import Answer, Event, Headers, Wanted, items_of, list_headers, parse_answer
from exporter.vendors.asterisk.session import Session
from exporter.vendors.asterisk.settings import AsteriskSettings
from exporter.vendors.toolkit.error_text import error_text
from exporter.vendors.toolkit.http import Http, Response

T = TypeVar("T")

# Several hundred members, which take some milliseconds.
_WORKER_FROM_BYTES: Final = 1 << 16
_REFUSED_SECONDS: Final = 900.0
_MISSING_SECONDS: Final = 60.0
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
        optional: Whether an Asterisk may do without its module. Another action is missing only while Asterisk loads its
            modules, which is after it accepts requests, and is therefore requested again at the next poll.
    """

    name: str
    items: Wanted
    complete: str
    right: str = ""
    counted: str = ""
    none: str = ""
    optional: bool = False
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


class MissingActionError(RefusedActionError):
    """Asterisk does not have an action, because the module that provides it is not loaded."""


class _Refusal(NamedTuple):
    """The refusal of an action.

    Attributes:
        session: The number of the session that it was refused in.
        at: When it was refused, in seconds of the monotonic clock.
        error: The error.
    """

    session: int
    at: float
    error: RefusedActionError


class AsteriskApi:
    """The manager interface of one Asterisk."""

    def __init__(self, target: AsteriskSettings, http: Http, clock: Clock) -> None:
        """Prepare the requests; nothing is sent before the first one."""
        self._session = Session(target, http, clock)
        self._clock = clock
        self._refusals: dict[str, _Refusal] = {}

    async def close(self) -> None:
        """Sign out, if signed in. Raises PollError."""
        await self._session.end()

    async def if_allowed(self, request: Awaitable[T]) -> T | None:
        """Return the result of a request, None if the user may not request the action.

        Args:
            request: The request for an action.

        Raises:
            PollError: There is no usable response.
        """
        try:
            return await request
        except RefusedActionError:
            return None

    def refusal_of(self, action: str) -> str:
        """Return the error of an action that was refused, "" if it was not."""
        return str(self._refusals[action].error) if action in self._refusals else ""

    async def ask(self, action: Action) -> Headers:
        """Request an action that returns one message.

        Raises:
            RefusedActionError: The user may not request it.
            PollError: There is no usable response.
        """
        response = await self._send(action.name)
        answer = parse_answer(response.body, action.name, {}, action.headers)
        self._require_success(answer, action)
        return answer.headers

    async def list(self, action: ListAction) -> Listed:
        """Request a list, which is complete.

        Raises:
            RefusedActionError: The user may not request it.
            PollError: There is no usable response.
        """
        response = await self._send(action.name)
        parse = partial(parse_answer, response.body, action.name, action.wanted)
        answer = await compute(parse, in_worker=len(response.body) > _WORKER_FROM_BYTES)
        at = self._clock.time() if response.date is None else response.date
        if not answer.is_success and action.none and answer.message.strip().casefold() == action.none:
            return Listed((), at)
        self._require_success(answer, action)
        return Listed(items_of(answer, action.name, action.complete, action.counted), at)

    async def _send(self, action: str) -> Response:
        """Request an action, unless this session was refused it not long ago.

        Asterisk logs each refusal as a security event. Rights are those of the sign-in: after some time the exporter
        signs in again, because the right may have been granted.
        """
        refusal = self._refusals.get(action)
        if refusal is not None and refusal.session == self._session.number:
            is_missing = isinstance(refusal.error, MissingActionError)
            if self._clock.monotonic() - refusal.at < (_MISSING_SECONDS if is_missing else _REFUSED_SECONDS):
                raise type(refusal.error)(refusal.error.reason, str(refusal.error))
            if not is_missing:
                await self._session.end()
        return await self._session.send(action)

    def _require_success(self, answer: Answer, action: Action | ListAction) -> None:
        """Raise if Asterisk reports an error, and remember a refusal."""
        self._refusals.pop(action.name, None)
        try:
            _require_success(answer, action.name, action.right)
        except RefusedActionError as error:
            is_optional = isinstance(action, ListAction) and action.optional
            if is_optional or not isinstance(error, MissingActionError):
                self._refusals[action.name] = _Refusal(self._session.number, self._clock.monotonic(), error)
            raise


async def compute(work: Callable[[], T], *, in_worker: bool) -> T:
    """Return the result of work without side effects, done in the worker thread if it takes long."""
    return await run_in_worker(work) if in_worker else work()


def _require_success(answer: Answer, action: str, right: str) -> None:
    """Raise if Asterisk reports an error."""
    if answer.is_success:
        return
    message = error_text(answer.message.encode())
    if answer.message.casefold() == _PERMISSION_DENIED:
        needed = f" (the AMI user needs write={right})" if right else ""
        raise RefusedActionError(Reason.AUTH, f"{action}: {message}{needed}")
    if _UNKNOWN_ACTION.match(answer.message):
        raise MissingActionError(Reason.INVALID, f"{action}: {message}")
    raise PollError(Reason.INVALID, f"{action}: {message or 'error without a message'}")
