"""Life cycle of the subscription: created once, read at every poll, created again if the vendor has lost it."""

from collections.abc import Mapping
from http import HTTPStatus

from exporter.errors import PollError, Reason
from exporter.vendors.brightpattern.api import BrightPatternApi
from exporter.vendors.brightpattern.definition import Definition
from exporter.vendors.brightpattern.session import Session
from exporter.vendors.toolkit.http import RedirectError, Response

# One retry for an ended session, one for a lost subscription.
_MAX_RETRIES = 2
# Consecutive sessions that ended before returning data; a single one may be due to one sign-in elsewhere.
_MAX_SESSIONS_WITHOUT_DATA = 2


class Subscription:
    """The subscription of one session."""

    def __init__(self, api: BrightPatternApi, session: Session, definition: Definition) -> None:
        """Prepare the subscription; nothing is sent before its data is requested."""
        self._api = api
        self._session = session
        self._definition = definition.full
        self._reduced = definition.reduced
        self._subscribed = False
        # Also true if the response to creating it was lost.
        self._may_exist = False
        self._session_returned_data = False
        self._sessions_without_data = 0

    async def read(self) -> bytes | None:
        """Return the current data, None if it is not ready.

        Raises:
            PollError: The response is unusable, or the sessions are repeatedly ended by other sign-ins.
        """
        response = await self._request()
        body = self._api.require_data(response)
        if response.status != HTTPStatus.NO_CONTENT:
            self._session_returned_data, self._sessions_without_data = True, 0
            return body
        if self._sessions_without_data >= _MAX_SESSIONS_WITHOUT_DATA:
            message = "session repeatedly terminated before returning data: the account is in use elsewhere"
            raise PollError(Reason.AUTH, message)
        return None

    async def end(self) -> None:
        """Delete the subscription if it may exist. Raises PollError."""
        headers = self._session.current_headers
        if headers is None or not self._may_exist:
            return
        self._subscribed = self._may_exist = False
        await self._api.unsubscribe(headers)

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
        if not self._subscribed:
            self._may_exist = True
            response = await self._api.subscribe(headers, self._definition)
            if response.status == HTTPStatus.BAD_REQUEST and self._definition != self._reduced:
                self._definition = self._reduced
                response = await self._api.subscribe(headers, self._definition)
            if self._is_session_ended(response, "subscribe"):
                return None
            self._api.require_subscribed(response)
            self._subscribed = True
        outcome = await self._get_data(headers)
        return None if self._is_session_ended(outcome, "data") else outcome

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
