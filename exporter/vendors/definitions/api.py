"""Sends the requests of one target: authentication, limits, pages and the check of each response."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from exporter.errors import PollError
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.definitions.account import account_of
from exporter.vendors.definitions.language import Definition
from exporter.vendors.definitions.paging import MovedError, Pages
from exporter.vendors.definitions.paths import parse_path
from exporter.vendors.definitions.records import RecordSelector, ResponseBody, join, split
from exporter.vendors.definitions.request_keys import Request
from exporter.vendors.definitions.requests import Prepared, prepare, require_headers, texts_of
from exporter.vendors.definitions.session import Authenticator
from exporter.vendors.definitions.settings_model import typed, written
from exporter.vendors.definitions.substitution import Values
from exporter.vendors.definitions.times import Day
from exporter.vendors.toolkit.http import Http, Response
from exporter.vendors.toolkit.json_document import Notes


@dataclass(frozen=True, slots=True)
class Received:
    """The records of one request with all its pages.

    Attributes:
        records: The records, an undecoded JSON array or object.
        date: The vendor's time of the last page, in seconds since the Unix epoch.
        pages: The number of pages.
    """

    records: msgspec.Raw
    date: float
    pages: int = 1


class Api:
    """The API of one target, as a definition describes it.

    Attributes:
        day: The reporting day.
        account: What the vendor limits by account.
    """

    def __init__(self, definition: Definition, target: TargetSettings, http: Http, clock: Clock) -> None:
        """Prepare the requests; nothing is sent before the first poll."""
        self._definition = definition
        self._base = target.url
        self._http = http
        self._clock = clock
        self.settings = written(target, definition)
        self._typed = typed(target, definition)
        self.day = Day(definition.day, target, self.settings)
        self.account = account_of(target, definition.limits, clock)
        self._error = None if definition.error is None else parse_path(definition.error)
        self._authenticator = Authenticator(
            definition.login, target.url, http, self.values, clock=clock, pause=target.poll.interval
        )

    def values(self, ids: tuple[str, ...] = ()) -> Values:
        """Return what is substituted in a request that is sent now."""
        return Values(self.settings, self._typed, self.day.moments(self._clock.time()), ids)

    async def fetch(
        self, request: Request, selector: RecordSelector, name: str, notes: Notes, ids: tuple[str, ...] = ()
    ) -> Received:
        """Request all pages and return their records; once more if records move from page to page meanwhile.

        Args:
            request: The request.
            selector: Finds the records.
            name: Name of the records, for notes.
            notes: Receives text that had to be replaced.
            ids: The ids of the batch.

        Raises:
            PollError: There is no complete response.
        """
        try:
            return await self._read(request, selector, name, notes, ids)
        except MovedError:
            return await self._read(request, selector, name, notes, ids)

    async def close(self) -> None:
        """End the session at the vendor. Raises PollError."""
        await self._authenticator.close()

    async def _read(
        self, request: Request, selector: RecordSelector, name: str, notes: Notes, ids: tuple[str, ...]
    ) -> Received:
        """Request all pages once."""
        pages = Pages(request.paging, prepare(request, self.values(ids)), self._base)
        sent: Prepared | None = pages.first()
        received: list[msgspec.Raw] = []
        date = 0.0
        while sent is not None:
            response = await self._send(sent)
            date = self._clock.time() if response.date is None else response.date
            body = self._body(response, sent, name, notes)
            records = selector.records(body, sent.name)
            received.append(records)
            if request.paging is None:
                break
            sent = pages.next(sent, response, body, split(records, name))
        only = received[0] if len(received) == 1 else join([row for page in received for row in split(page, name)])
        return Received(selector.grouped(only), date, len(received))

    async def _send(self, request: Prepared) -> Response:
        self.account.pause.require_ended(request.name)
        url = request.url(self._base)
        own = texts_of(self._definition.headers, self.values()) | request.headers

        async def send(headers: Mapping[str, str]) -> Response:
            await self.account.begin()
            all_headers = {**own, **headers}
            require_headers(all_headers, request.name)
            if request.method == "POST":
                response = await self._http.post(url, request.form, all_headers, json=request.json)
            else:
                response = await self._http.get(url, all_headers, json=request.json)
            self.account.record(response, self._http)
            return response

        return await self._authenticator.send(send, request.path)

    def _body(self, response: Response, request: Prepared, name: str, notes: Notes) -> ResponseBody:
        signs_in = self._authenticator.sends_credentials
        try:
            body = ResponseBody(self._http.require_ok(response, request.name, signs_in=signs_in), name, notes)
        except PollError as error:
            self.account.failed(error, response)
            raise
        if self._error is not None:
            body.require_success(self._error, request.name)
        return body
