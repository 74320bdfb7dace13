"""Life cycle of the subscription: created once, read at every poll, created again if the vendor has lost it."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import structlog

from exporter.errors import PollError, Reason
from exporter.redaction import without_secrets
from exporter.runtime.clock import Clock
from exporter.vendors.brightpattern.api import BrightPatternApi, explanation
from exporter.vendors.brightpattern.definition import Definition, Item
from exporter.vendors.brightpattern.refused_items import Search, names
from exporter.vendors.brightpattern.session import Session
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.toolkit.http import RedirectError, Response

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# One retry for an ended session, one for a lost subscription.
_MAX_RETRIES = 2
# Consecutive sessions that ended before returning data; a single one may be due to one sign-in elsewhere.
_MAX_SESSIONS_WITHOUT_DATA = 2
# A subscription takes some seconds until its first data; one without any for so long will not have any.
_MAX_INTERVALS_WITHOUT_DATA = 4


class Subscription:
    """The subscription of one session."""

    def __init__(
        self,
        target: BrightPatternSettings,
        api: BrightPatternApi,
        session: Session,
        define: Callable[[Mapping[str, str]], Awaitable[Definition]],
        clock: Clock,
    ) -> None:
        """Prepare the subscription; nothing is sent before its data is requested.

        Args:
            target: The target's configuration.
            api: Sends the requests.
            session: The session of the subscription.
            define: Returns the definition for the headers of a session; another one makes a new subscription.
            clock: Measures how long there is no data.
        """
        self._target = target
        self._api = api
        self._session = session
        self._define = define
        self._clock = clock
        self._definition: Definition | None = None
        self._all: frozenset[Item] = frozenset()
        self._items = self._all
        self._search: Search | None = None
        self._refused: tuple[Item, ...] = ()
        self._message = ""
        self._headers: Mapping[str, str] | None = None
        self._no_data_since: float | None = None
        self._subscribed = False
        # Also true if the response to creating it was lost.
        self._may_exist = False
        self._session_returned_data = False
        self._sessions_without_data = 0

    async def read(self) -> bytes | None:
        """Return the current data, None if it is not ready.

        Raises:
            PollError: The response is unusable, the sessions are repeatedly ended by other sign-ins, or there has been
                no data for several intervals.
        """
        response = await self._request()
        body = self._api.require_data(response)
        if response.status != HTTPStatus.NO_CONTENT:
            self._session_returned_data, self._sessions_without_data = True, 0
            self._no_data_since = None
            return body
        if self._sessions_without_data >= _MAX_SESSIONS_WITHOUT_DATA:
            message = "session repeatedly terminated before returning data: the account is in use elsewhere"
            raise PollError(Reason.AUTH, message)
        self._require_data_soon()
        return None

    async def end(self) -> None:
        """Delete the subscription if it may exist. Raises PollError."""
        headers = self._session.current_headers
        if headers is None or not self._may_exist:
            return
        self._subscribed = self._may_exist = False
        await self._api.unsubscribe(headers)

    def _require_data_soon(self) -> None:
        """Require that the vendor has not been without data for several intervals. Raises PollError."""
        now = self._clock.monotonic()
        if self._no_data_since is None:
            self._no_data_since = now
        waited = now - self._no_data_since
        if waited >= _MAX_INTERVALS_WITHOUT_DATA * self._target.poll.interval:
            self._subscribed = False  # a new subscription may have data
            raise PollError(Reason.INVALID, f"subscription has returned no data (204) for {waited:.0f} s")

    async def _request(self) -> Response:
        """Return the response to a request for data, after renewing a lost session or subscription."""
        for _ in range(_MAX_RETRIES):
            outcome = await self._request_once()
            if isinstance(outcome, Response) and outcome.status == HTTPStatus.NOT_FOUND:
                self._subscribed = False
            elif outcome is not None:
                break
        else:
            outcome = await self._request_once()
        if outcome is None:
            raise PollError(Reason.AUTH, "session ended again directly after the sign-in")
        if isinstance(outcome, RedirectError):
            raise outcome
        return outcome

    async def _request_once(self) -> Response | RedirectError | None:
        """Return the outcome of a request for data, None if the session has ended."""
        headers = await self._session.headers()
        definition = await self._define(headers)
        if definition is not self._definition:
            self._definition, self._all = definition, frozenset(definition.items)
            self._headers, self._subscribed = None, False
        if not self._subscribed:
            if headers is not self._headers:
                self._headers, self._items, self._search = headers, self._all, None
            if not await self._subscribe(headers, definition):
                return None
            self._subscribed = True
        outcome = await self._get_data(headers)
        return None if self._is_session_ended(outcome, "data") else outcome

    async def _subscribe(self, headers: Mapping[str, str], definition: Definition) -> bool:
        """Subscribe to all items, or to those that the vendor accepts; return False if the session has ended.

        Raises:
            PollError: The vendor refuses the subscription for another reason than an item.
        """
        while True:
            search = self._search
            items = self._items if search is None else search.attempt
            response = await self._create(headers, definition.document(items))
            if self._is_session_ended(response, "subscribe"):
                return False
            refused = response.status == HTTPStatus.BAD_REQUEST
            if refused and search is None and items == self._all:
                self._message = explanation(response.body)
                self._search = Search(definition, self._message, self._refused)
                continue
            if refused and (search is None or search.is_first):
                self._items, self._search = self._all, None
            if not refused or self._search is None:
                self._api.require_subscribed(response)
            if search is None:
                self._report(())
                return True
            search.record(accepted=not refused)
            if search.done:
                self._items, self._search = search.accepted, None
                self._report(search.refused)
                if not refused and items == self._items:
                    return True

    async def _create(self, headers: Mapping[str, str], document: Mapping[str, object]) -> Response:
        """Return the response to a subscription; at the tenant's limit its own earlier one is deleted first.

        Raises:
            PollError: There was no response, or the earlier subscription could not be deleted.
        """
        earlier, self._may_exist = self._may_exist, True
        response = await self._api.subscribe(headers, document)
        if response.status != HTTPStatus.CONFLICT:
            return response
        self._may_exist = False
        if earlier:
            await self._api.unsubscribe(headers)
            self._may_exist = True
            response = await self._api.subscribe(headers, document)
            self._may_exist = response.status != HTTPStatus.CONFLICT
        return response

    def _report(self, refused: tuple[Item, ...]) -> None:
        """Log the items that the vendor refuses, once."""
        if self._items == self._all and self._refused:
            log.info("the vendor accepts the whole subscription again", target=self._target.name)
        elif refused and set(refused) != set(self._refused):
            log.warning(
                "the vendor refuses parts of the subscription; they are left out",
                target=self._target.name,
                parts=", ".join(names(refused)),
                error=without_secrets(self._message.removeprefix(": ")),
            )
        elif not refused:
            return
        self._refused = refused

    async def _get_data(self, headers: Mapping[str, str]) -> Response | RedirectError:
        try:
            return await self._api.get_data(headers)
        except RedirectError as error:
            return error

    def _is_session_ended(self, outcome: Response | RedirectError, request: str) -> bool:
        """Return whether the outcome of a request ends the session; forget its subscription if so."""
        if not self._session.is_ended_by(outcome, request):
            return False
        self._subscribed = self._may_exist = False
        self._sessions_without_data += not self._session_returned_data
        self._session_returned_data = False
        return True
