"""Axialys over HTTP: addresses, credentials sent with every request, and the rows of a response.

Source page: sections *2.1 Query format* and *2.2 Response format*. With `auth: query` every address contains the
password, so messages never include more of an address than its path.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import quote

import msgspec
from yarl import URL

from exporter.errors import PollError, Reason
from exporter.model import Queue
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.axialys.tables import group_fields, numbers_fields
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http, Response, basic
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.requested_pause import RequestedPause

GROUPS_PATH = "/vm/groups"
OPERATORS_PATH = "/vm/operators_init"
OPERATOR_NAMES_PATH = "/vm/operators/"
OPERATOR_DETAILS_PATH = "/vm/op_details/"
HISTORY_PATH = "/vm/calls/status"

_ID = "<id>"
# Without it a client that resembles a browser receives HTML.
_AS_JSON = ("accept", "application/json")
# Without it the response contains the day's counts only, no current values.
_WITH_CURRENT_VALUES = ("include_realtime", "1")

M = TypeVar("M", bound=msgspec.Struct)
Query = Sequence[tuple[str, str]]


class StatisticsRequest(NamedTuple):
    """Request for the statistics of one group, or of the numbers under one name.

    Attributes:
        path: The path, quoted.
        subject: Fields that identify the subject; added to the response, which may not repeat them.
        query: Query parameters.
        json: Parameters that the vendor reads from the body.
    """

    path: str
    subject: Mapping[str, object]
    query: Query = ()
    json: object = None


class _Wrapped(msgspec.Struct):
    data: msgspec.Raw


class AxialysApi:
    """API of one target."""

    def __init__(self, target: AxialysSettings, http: Http, dates: Dates, pause: RequestedPause) -> None:
        """Use the target's credentials; nothing is sent yet.

        Args:
            target: The target's settings.
            http: Sends the requests.
            dates: Learns the time of the vendor's clock from the responses.
            pause: Records the pause that the vendor requests of the account.
        """
        self._pause = pause
        self._base = target.url
        self._dates = dates
        self._http = http
        self._headers, self._credentials = _sign_in(target)

    async def rows(
        self, path: str, name: str, decoder: Decoder[M]
    ) -> tuple[tuple[M, ...], tuple[tuple[str, str], ...]]:
        """Request a list, at the top level or in `data`; return the decoded rows and the unmapped values.

        Args:
            path: The path, quoted.
            name: Name of the rows, for notes and messages.
            decoder: Decodes them.

        Raises:
            PollError: The response is unusable.
        """
        document, notes = await self.document(path, name)
        rows = await decoder.read(document, notes)
        return rows, tuple(notes)

    async def document(self, path: str, name: str) -> tuple[msgspec.Raw, Notes]:
        """Request a list and return it undecoded, with the unmapped values so far. Raises PollError."""
        notes: Notes = []
        return await self._request(path, name, notes), notes

    async def statuses(self, begin: str, end: str, notes: Notes) -> msgspec.Raw:
        """Request the operators' status history of a period (3.4) and return the list undecoded.

        Args:
            begin: The date at which the period begins.
            end: The date at which it ends.
            notes: Receives unmapped values.

        Raises:
            PollError: The response is unusable.
        """
        period = {"date": begin, "date_end": end}
        answer = await self._http.post(self._url(HISTORY_PATH), headers=self._headers, json=period)
        return self._document(answer, f"POST {HISTORY_PATH}", "calls_status", notes)

    async def row(
        self, path: str, name: str, notes: Notes, *, query: Query = (), json: object = None
    ) -> dict[str, msgspec.Raw]:
        """Request a single object and return its fields; it may be in `data`, or the only element of a list.

        Args:
            path: The path, quoted.
            name: Name of the object, for notes and messages.
            notes: Receives unmapped values.
            query: Query parameters.
            json: Parameters that the vendor reads from the body.

        Raises:
            PollError: The response is unusable.
        """
        document = bytes(await self._request(path, name, notes, query=query, json=json))
        try:
            if document.lstrip().startswith(b"["):
                [row] = msgspec.json.decode(document, type=list[dict[str, msgspec.Raw]])
                return row
            return msgspec.json.decode(document, type=dict[str, msgspec.Raw])
        except ValueError as error:
            raise PollError(Reason.INVALID, f"{name}: not a single object") from error

    async def _request(
        self, path: str, name: str, notes: Notes, *, query: Query = (), json: object = None
    ) -> msgspec.Raw:
        answer = await self._http.get(self._url(path, query), self._headers, json=json)
        return self._document(answer, f"GET {path}", name, notes)

    def _url(self, path: str, query: Query = ()) -> str:
        url = URL(f"{self._base}{path}", encoded=True)
        return str(url.extend_query([*self._credentials, *query, _AS_JSON]))

    def _document(self, answer: Response, request: str, name: str, notes: Notes) -> msgspec.Raw:
        try:
            body = self._http.require_ok(answer, request, signs_in=True)
        except PollError as error:
            self._pause.record(error)
            raise
        # An error may come from a gateway with another clock.
        self._dates.measure_against(answer.date)
        document = decode_json(body, msgspec.Raw, name, notes)
        try:
            return msgspec.json.decode(document, type=_Wrapped).data
        except msgspec.ValidationError:
            return document


def account(target: AxialysSettings) -> str:
    """Return the account that the vendor's rate limit applies to: the user, or a hash of the secret key."""
    if target.auth != "apikey" or target.api_key is None:
        return target.username or ""
    return hashlib.sha256(target.api_key.get_secret_value().encode()).hexdigest()


def credentials(target: AxialysSettings) -> str:
    """Return a hash of the credentials, which identifies them without containing them."""
    headers, query = _sign_in(target)
    return hashlib.sha256(repr((sorted(headers.items()), query)).encode()).hexdigest()


def quoted(segment: str) -> str:
    """Return a path segment, quoted."""
    return quote(segment, safe="")


def group_stats_request(target: AxialysSettings, group: Queue) -> StatisticsRequest:
    """Return the request for a group's supervision (4.3)."""
    answer_seconds = target.answer_seconds_by_group.get(group.id, target.answer_seconds)
    path, query = _group_address(target.group_stats_path, group.id)
    parameters = {"nbr_abandonne": target.short_abandon_seconds, "nbr_repondu": answer_seconds}
    return StatisticsRequest(path, group_fields(group, answer_seconds), query, parameters)


def received_group_request(target: AxialysSettings, group: Queue) -> StatisticsRequest:
    """Return the request for the calls received by a group (4.2)."""
    path, query = _group_address(target.received_groups_path or "", group.id)
    return StatisticsRequest(path, group_fields(group), (*query, _WITH_CURRENT_VALUES))


def received_numbers_request(target: AxialysSettings, name: str) -> StatisticsRequest:
    """Return the request for the calls received by the numbers under a name (4.1)."""
    numbers = (("dest_number", number) for number in target.numbers[name])
    path = target.received_numbers_path or ""
    return StatisticsRequest(path, numbers_fields(name), (*numbers, _WITH_CURRENT_VALUES))


def _group_address(path: str, group: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the path and the query parameters for one group."""
    return (path.replace(_ID, quoted(group)), ()) if _ID in path else (path, (("group_id", group),))


def _sign_in(target: AxialysSettings) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the headers and the query parameters that carry the credentials."""
    username = target.username or ""
    password = target.password.get_secret_value() if target.password is not None else ""
    key = target.api_key.get_secret_value() if target.api_key is not None else ""
    match target.auth:
        case "basic":
            return {"Authorization": basic(username, password)}, []
        case "query":
            return {}, [("user", username), ("password", password)]
        case "apikey":
            return {"Authorization": f"APIKey {key}"}, []
