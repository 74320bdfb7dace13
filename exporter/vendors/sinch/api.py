"""Sinch's RMI over HTTP: signing in, and reading a collection page by page.

Source page: the introduction (JSON by `Accept`) and, of every collection, the parameters `limit` and `offset`.
"""

from collections.abc import AsyncIterator, Hashable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.runtime.worker import run_in_worker
from exporter.vendors.sinch.paging import MOST_AHEAD, Knowledge, Page, Reading
from exporter.vendors.sinch.settings import SinchSettings
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.http import Http, Response, basic, cookies
from exporter.vendors.toolkit.json_document import Notes, as_array, decode_json
from exporter.vendors.toolkit.readers import UnmappedError, identifier

_RMI = "/RI/rmi"
_ECF = "/ecfs"
# The vendor's default sort keys are not unique, so pages could skip rows.
_SORTED = {"sort": "id"}
# Several hundred rows, which take some milliseconds.
_WORKER_FROM_BYTES = 1 << 16
# A byte-order mark and white space.
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
_NULL = msgspec.Raw(b"null")
# Statuses of a single contact: an invalid id, no right, not found, gone.
_NOT_VISIBLE = frozenset({400, 403, 404, 410})
# Collections with rows of customers' personal data.
_PERSONAL = frozenset({"contacts"})


class _Row(msgspec.Struct):
    id: Any = None


class _Group(msgspec.Struct):
    queues: msgspec.Raw = _NULL


class _NestedQueues(msgspec.Struct):
    queue: msgspec.Raw = _NULL


class SinchApi:
    """The RMI of one installation."""

    # What to add to the time of the clock for the installation's.
    _ahead = 0.0

    def __init__(self, target: SinchSettings, http: Http, clock: Clock) -> None:
        """Prepare the requests; nothing is sent before the first poll."""
        self._target = target
        self._http = http
        self._clock = clock
        self._language = {"language": target.language} if target.language else {}
        self._known: dict[str, Knowledge] = {}
        self._sessions = TokenSource(
            self._sign_in, clock, pause=target.poll.interval, headers=_cookie, renewed=http.session_renewed
        )
        self._base = target.url.removesuffix(_RMI).removesuffix(_ECF)
        self._url = f"{self._base}{_ECF}{_RMI}" if target.auth == "ecfauth" else target.url
        self._headers = _headers(target)

    def now(self) -> float:
        """Return the installation's time, by its responses so far, in seconds since the epoch."""
        return self._clock.time() + self._ahead

    async def pages(  # noqa: PLR0913 - what one reading needs
        self,
        collection: str,
        notes: Notes,
        query: Mapping[str, str] = MappingProxyType({}),
        *,
        limit: int | None = None,
        most_ahead: int = MOST_AHEAD,
        comparable: bool = True,
    ) -> AsyncIterator[msgspec.Raw]:
        """Yield the rows of a collection, one array per page, to its proven end; each row once.

        Args:
            collection: The name of the collection, which is its path.
            notes: Receives text that had to be replaced.
            query: Further parameters of every request.
            limit: The most rows per page; `page_size` unless given.
            most_ahead: The most requests under way at a time.
            comparable: Whether this reading has about as many rows as the last comparable one of the collection. If
                not, as with an earlier start time, earlier readings prove nothing about its end.

        Raises:
            PollError: A page could not be fetched, the pages do not end, or `offset` is ignored.
        """
        limit = limit or self._target.page_size

        async def fetch(offset: int) -> Page:
            body = await self._get(collection, {**query, **_SORTED, "limit": str(limit), "offset": str(offset)})
            with _without_text(collection):
                if len(body) < _WORKER_FROM_BYTES:
                    return _page(body, collection)
                return await run_in_worker(lambda: _page(body, collection))

        knowledge = self._known.setdefault(collection, Knowledge()) if comparable else Knowledge()
        now = self._clock.monotonic
        reading = Reading(f"GET /{collection}", fetch, limit, knowledge, now, most_ahead=most_ahead)
        async with aclosing(reading.pages()) as pages:
            async for page in pages:
                notes += page.notes
                yield msgspec.Raw(b"[" + b",".join(page.rows) + b"]")

    async def contact(self, contact_id: str, notes: Notes) -> msgspec.Raw | None:
        """Fetch one contact; None if it does not exist any more, or the user has no right to see it.

        Raises:
            PollError: There was no usable response.
        """
        response = await self._request(f"contacts/{contact_id}", "contacts/{contactId}", {})
        if response.status in _NOT_VISIBLE:
            return None
        body = self._http.require_ok(response, "GET /contacts/{contactId}", signs_in=self._target.auth == "basic")
        with _without_text("contacts"):
            return decode_json(body, msgspec.Raw, "contacts", notes)

    async def _get(self, collection: str, query: Mapping[str, str]) -> bytes:
        response = await self._request(collection, collection, query)
        signs_in, shows_text = self._target.auth == "basic", collection not in _PERSONAL
        return self._http.require_ok(response, f"GET /{collection}", signs_in=signs_in, shows_text=shows_text)

    async def _request(self, path: str, name: str, query: Mapping[str, str]) -> Response:
        """Request a path; `name` identifies the kind of request."""
        url = str(URL(f"{self._url}/{path}").update_query({**query, **self._language}))
        if self._target.auth != "ecfauth":
            response = await self._http.get(url, self._headers)
        else:
            response = await self._sessions.authorize(
                lambda headers: self._http.get(url, {**self._headers, **headers}), name
            )
        # An error may come from a gateway, and the clock of one response without a date is that of the others.
        if response.status == HTTPStatus.OK and response.date is not None:
            self._ahead = response.date - self._clock.time()
        return response

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


@contextmanager
def _without_text(collection: str) -> Iterator[None]:
    """Replace the message of an error if it could repeat personal data, as an error that the vendor reports may."""
    try:
        yield
    except PollError as error:
        if collection not in _PERSONAL:
            raise
        raise PollError(error.reason, f"{collection}: the response is not a list of rows") from None


def _page(body: bytes, collection: str) -> Page:
    """Decode a page; a single row may be sent without its array.

    Raises:
        PollError: It is neither an array nor a row with an id.
    """
    notes: Notes = []
    if body.lstrip(_BEFORE_JSON)[:1] == b"{":
        rows = [decode_json(body, msgspec.Raw, collection, notes)]
        if isinstance(_keys(rows)[0], bytes):
            raise PollError(Reason.INVALID, f"{collection}: expected an array of rows, got an object without an id")
    else:
        rows = decode_json(body, list[msgspec.Raw], collection, notes)
    return Page(rows, _keys(rows), notes)


def _keys(rows: Sequence[msgspec.Raw]) -> list[Hashable]:
    """Return the id of each row as it is exported; of a row without one, the row itself."""
    return [_key(row) for row in rows]


def _key(row: msgspec.Raw) -> Hashable:
    try:
        return identifier(msgspec.json.decode(row, type=_Row).id)
    except (msgspec.ValidationError, UnmappedError):
        return bytes(row)


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
