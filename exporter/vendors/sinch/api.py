"""Sinch's RMI over HTTP: signing in, and reading a collection page by page.

Source page: the introduction (JSON by `Accept`) and, of every collection, the parameters `limit` and `offset`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.sinch.settings import SinchSettings
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.http import Http, basic, cookies
from exporter.vendors.toolkit.json_document import Notes, as_array, decode_json

_RMI = "/RI/rmi"
_ECF = "/ecfs"
# The vendor's page size if it does not honour a larger `limit`: a page of this many rows may not be the last.
_DEFAULT_LIMIT = 100
# The vendor's default sort keys are not unique, so pages could skip rows.
_SORTED = {"sort": "id"}
# Enough for all quarter hours of a day in thousands of queues; bounds the requests to a server that never ends.
_MOST_PAGES = 5000
_NULL = msgspec.Raw(b"null")


class _Row(msgspec.Struct):
    id: Any = None


class _Group(msgspec.Struct):
    queues: msgspec.Raw = _NULL


class _NestedQueues(msgspec.Struct):
    queue: msgspec.Raw = _NULL


class SinchApi:
    """The RMI of one installation.

    Attributes:
        server_time: The installation's time at its last response, in seconds since the epoch; None if unknown.
    """

    server_time: float | None = None

    def __init__(self, target: SinchSettings, http: Http, clock: Clock) -> None:
        """Prepare the requests; nothing is sent before the first poll."""
        self._target = target
        self._http = http
        self._sessions = TokenSource(self._sign_in, clock, pause=target.poll.interval, headers=_cookie)
        self._base = target.url.removesuffix(_RMI).removesuffix(_ECF)
        self._url = f"{self._base}{_ECF}{_RMI}" if target.auth == "ecfauth" else target.url
        self._headers = _headers(target)

    async def pages(self, collection: str, notes: Notes, **query: str) -> AsyncIterator[msgspec.Raw]:
        """Yield the rows of a collection, one array per page, until a short page.

        An installation that ignores `offset` sends its first page repeatedly. If that page is longer than `limit`, the
        installation ignores `limit` too and has sent everything.

        Args:
            collection: The name of the collection, which is its path.
            notes: Receives text that had to be replaced.
            query: Further parameters of every request.

        Raises:
            PollError: A page could not be fetched, the pages do not end, or `offset` is ignored.
        """
        limit = self._target.page_size
        offset = 0
        first: object = None
        for _ in range(_MOST_PAGES):
            body = await self._get(collection, {**query, **_SORTED, "limit": str(limit), "offset": str(offset)})
            rows = decode_json(body, list[msgspec.Raw], collection, notes)
            if offset and first is not None and _first_id(rows) == first:
                if len(rows) > limit:
                    return
                raise PollError(Reason.INVALID, f"GET /{collection}: the second page repeats the first")
            first = _first_id(rows) if not offset else None
            if rows or not offset:
                yield msgspec.Raw(b"[" + b",".join(rows) + b"]")
            offset += len(rows)
            if len(rows) < limit and len(rows) != _DEFAULT_LIMIT:
                return
        raise PollError(Reason.LIMIT, f"GET /{collection}: more than {_MOST_PAGES} pages")

    async def _get(self, collection: str, query: Mapping[str, str]) -> bytes:
        url = str(URL(f"{self._url}/{collection}").update_query(query))
        if self._target.auth != "ecfauth":
            response = await self._http.get(url, self._headers)
        else:
            response = await self._sessions.authorize(
                lambda headers: self._http.get(url, {**self._headers, **headers}), collection
            )
        self.server_time = response.date
        return self._http.require_ok(response, f"GET /{collection}", signs_in=self._target.auth == "basic")

    async def _sign_in(self) -> Token:
        """Sign in by ECF and return the session's cookies, without spaces, which a token cannot contain."""
        form = {"Authorization": _basic(self._target)}
        response = await self._http.post(f"{self._base}{_ECF}/authentication", form, self._headers)
        self._http.require_signed_in(response)
        session = cookies(response).replace("; ", ";")
        if not session:
            raise PollError(Reason.INVALID, "sign-in returned no cookie")
        return Token(session, None)


def group_members(groups: msgspec.Raw, notes: Notes) -> Iterator[msgspec.Raw]:
    """Yield the queues of each group, which a group contains as an array or as `{"queue": […]}`, or one queue bare."""
    for row in msgspec.json.decode(groups, type=list[msgspec.Raw]):
        try:
            queues = msgspec.json.decode(row, type=_Group).queues
            if bytes(queues).startswith(b"{"):
                nested = msgspec.json.decode(queues, type=_NestedQueues).queue
                queues = as_array(queues if nested == _NULL and msgspec.json.decode(queues, type=_Row).id else nested)
            msgspec.json.decode(queues, type=list[msgspec.Raw] | None)
        except msgspec.ValidationError as error:
            notes.append(("queueGroups.queues", str(error)))
        else:
            if queues != _NULL:
                yield queues


def timestamp(moment: datetime) -> str:
    """Return a UTC time in the format of the vendor's examples."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _first_id(rows: Sequence[msgspec.Raw]) -> object:
    """Return the id of the first row, None if there is none."""
    try:
        return msgspec.json.decode(rows[0], type=_Row).id if rows else None
    except msgspec.ValidationError:
        return None


def _headers(target: SinchSettings) -> dict[str, str]:
    match target.auth:
        case "basic":
            headers = {"Authorization": _basic(target)}
        case "ecfauth":
            headers = {"Authorization": "ECFAUTH"}
        case "none":
            headers = {}
    return headers if target.api_key is None else {**headers, "x-api-key": target.api_key.get_secret_value()}


def _cookie(session: str) -> dict[str, str]:
    return {"Cookie": session.replace(";", "; ")}


def _basic(target: SinchSettings) -> str:
    password = target.password.get_secret_value() if target.password else ""
    return basic(target.username or "", password)
