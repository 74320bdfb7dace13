"""The one subscription a client has: made once, read at every poll, made again when the vendor has lost it."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from exporter.errors import PollError, Reason
from exporter.vendors.brightpattern.session import Session
from exporter.vendors.toolkit.http import Http, Response
from exporter.vendors.toolkit.json_document import decode_json

APP = "1"
GRID = "1"

_PATH = "/statsapi/subscription"
_FILTER = ("filter_by", "filter_operation", "filter_value")
# The session may have ended, and then the subscription may be lost once more.
_MOST_REPEATS = 2
# Sessions in a row that were ended before they gave anything; one may be somebody who signed in once elsewhere.
_MOST_FRUITLESS = 2
_LONGEST_MESSAGE = 200


class _Refusal(msgspec.Struct):
    error_code: Any = None
    error_message: Any = None


class Subscription:
    """What a session's client is subscribed to."""

    def __init__(
        self, url: str, session: Session, http: Http, wanted: Mapping[str, object], modest: Mapping[str, object]
    ) -> None:
        """Prepare the subscription; nothing is sent before its data is asked for.

        Args:
            url: Where the vendor's API is.
            session: Who is asking.
            http: How to ask.
            wanted: What to subscribe to.
            modest: What to subscribe to where that is refused, because a version does not know all of it.
        """
        self._url = f"{url}{_PATH}"
        self._session = session
        self._http = http
        self._wanted = {APP: wanted}
        self._modest = {APP: modest}
        self._subscribed = False
        # Whether there may be one, such as where the answer to our asking for it never came.
        self._asked_for = False
        self._fruitful = False
        self._fruitless_sessions = 0

    async def read(self) -> bytes | None:
        """Return what there is to know now, None where that is not ready.

        Raises:
            PollError: The vendor gave no usable answer, or others keep ending our sessions.
        """
        answer = await self._ask()
        body = self._http.require_ok(answer, f"GET {_PATH}/data")
        if answer.status != HTTPStatus.NO_CONTENT:
            self._fruitful, self._fruitless_sessions = True, 0
            return body
        if self._fruitless_sessions >= _MOST_FRUITLESS:
            message = "our sessions are ended before they give anything: somebody else keeps signing in as this user"
            raise PollError(Reason.AUTH, message)
        return None

    async def end(self) -> None:
        """Give the subscription back, where there may be one. Raises PollError."""
        headers = self._session.present
        if headers is None or not self._asked_for:
            return
        self._subscribed = self._asked_for = False
        answer = await self._http.delete(f"{self._url}/active", headers)
        if answer.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
            self._http.require_ok(answer, f"DELETE {_PATH}/active")

    async def _ask(self) -> Response:
        """Return the answer to asking for data, with the session and the subscription renewed where they are lost."""
        answer = await self._ask_once()
        for _ in range(_MOST_REPEATS):
            match answer.status:
                case HTTPStatus.UNAUTHORIZED:
                    self._session_ended()
                case HTTPStatus.NOT_FOUND:
                    self._subscribed = False
                case _:
                    break
            answer = await self._ask_once()
        return answer

    async def _ask_once(self) -> Response:
        """Return the answer to asking for data, or to subscribing where that says that the session has ended."""
        headers = await self._session.headers()
        if not self._subscribed:
            self._asked_for = True
            answer = await self._http.post(self._url, headers=headers, json=self._wanted)
            if answer.status == HTTPStatus.BAD_REQUEST and self._wanted != self._modest:
                self._wanted = self._modest
                answer = await self._http.post(self._url, headers=headers, json=self._wanted)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                return answer
            self._require_subscribed(answer)
            self._subscribed = True
        return await self._http.get(f"{self._url}/data", headers)

    def _require_subscribed(self, answer: Response) -> None:
        match answer.status:
            case HTTPStatus.BAD_REQUEST:
                message = f"POST {_PATH} returned 400{_explanation(answer.body)}"
                raise PollError(Reason.INVALID, f"{message} (`omit` leaves out a statistic it does not know)")
            case HTTPStatus.CONFLICT:
                raise PollError(Reason.THROTTLED, f"POST {_PATH} returned 409: the tenant has no subscription to spare")
        self._http.require_ok(answer, f"POST {_PATH}")

    def _session_ended(self) -> None:
        self._session.ended()
        self._subscribed = self._asked_for = False
        self._fruitless_sessions += not self._fruitful
        self._fruitful = False


def grid(statistics: Iterable[str], only: tuple[str, str] | None = None) -> Mapping[str, object]:
    """Return the definition of a grid whose columns go by their statistic's name.

    The page spells a column's statistic in two ways, newer versions in one of them.

    Args:
        statistics: The columns.
        only: A column and the value that it has in the rows asked for; None for all rows.
    """
    columns = [{"id": name, "statName": name, "stat_name": name} for name in statistics]
    some = {} if only is None else dict(zip(_FILTER, (only[0], "EQ", only[1]), strict=True))
    return {"id": GRID, "columns": columns, **some}


def _explanation(body: bytes) -> str:
    try:
        said = decode_json(body, _Refusal, "refusal", []).error_message
    except PollError:
        return ""
    return f": {said[:_LONGEST_MESSAGE]}" if isinstance(said, str) and said else ""
