"""Responses in several pages: each request leads to the next, up to a proven end.

A part is never taken for the whole: a limit of pages that is reached, an address, token or page that repeats itself,
and an end before the announced number of records fail the poll. If that number decreases from one page to the next, a
record was deleted: one of a later page may have moved to an earlier one, and the pages have to be requested again.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from yarl import URL

from exporter.errors import PollError, Reason
from exporter.vendors.definitions.paths import parse_path
from exporter.vendors.definitions.records import ResponseBody
from exporter.vendors.definitions.request_keys import Paging
from exporter.vendors.definitions.requests import Prepared, with_address, with_parameter
from exporter.vendors.toolkit.http import Response
from exporter.vendors.toolkit.readers import UnmappedError, number

_LINK: Final = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')
_REL_NEXT: Final = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)
_ENDS: Final = (None, "", False)


class MovedError(PollError):
    """Records moved while the pages were requested, so that one of them may be on none of the pages."""


class Pages:
    """The pages of one request."""

    def __init__(self, paging: Paging | None, request: Prepared, base: str) -> None:
        """Begin with the first page.

        Args:
            paging: How further pages are requested; None if there is only one.
            request: The request without parameters of paging.
            base: The target's URL; a next page never has another origin.
        """
        self._paging = paging or Paging()
        self._first = request
        self._base = base
        self._seen: set[str] = set()
        self._contents: set[int] = set()
        self._requested = 0
        self._records = 0
        self._total = 0.0

    def first(self) -> Prepared:
        """Return the request of the first page."""
        paging, request = self._paging, self._first
        if paging.size is not None and paging.per_page is not None:
            request = with_parameter(request, paging.size, paging.per_page, paging.location)
        if paging.page is not None:
            request = with_parameter(request, paging.page, paging.first, paging.location)
        if paging.offset is not None:
            request = with_parameter(request, paging.offset, 0, paging.location)
        self._first = request
        self._seen.add(request.url(self._base))
        return request

    def next(self, sent: Prepared, response: Response, body: ResponseBody, records: Sequence[bytes]) -> Prepared | None:
        """Return the request of the next page; None after the last one.

        Args:
            sent: The request of this page.
            response: Its response.
            body: The body of the response.
            records: Its records.

        Raises:
            MovedError: The announced number of records has decreased.
            PollError: The limit of pages is reached, or the pages have no end.
        """
        self._requested += 1
        self._records += len(records)
        self._require_unmoved(sent, body)
        self._require_other_records(sent, records)
        following = self._following(sent, response, body, len(records))
        if following is None:
            self._require_all(sent, body)
            return None
        if self._requested >= self._paging.most:
            raise PollError(Reason.LIMIT, f"{sent.name}: more than {self._paging.most} pages")
        return following

    def _following(self, sent: Prepared, response: Response, body: ResponseBody, records: int) -> Prepared | None:
        paging = self._paging
        if paging.next is not None:
            return self._at(sent, body.value(parse_path(paging.next)))
        if paging.link:
            return self._at(sent, next(_next_links(response), None))
        if paging.token is not None and paging.send is not None:
            return self._with_token(sent, body.value(parse_path(paging.token)), paging.send)
        return None if self._is_last(sent, body, records) else self._counted()

    def _require_all(self, sent: Prepared, body: ResponseBody) -> None:
        """Fail if the records end before their announced number. Raises PollError."""
        total = self._announced(sent, body, self._paging.total)
        if total is not None and self._records < total:
            raise PollError(Reason.INVALID, f"{sent.name}: the pages end after {self._records} of {total:g} records")

    def _require_other_records(self, sent: Prepared, records: Sequence[bytes]) -> None:
        """Fail if an earlier page had the same records: a server that ignores the parameter. Raises PollError."""
        content = hash(tuple(records))
        if records and content in self._contents:
            raise PollError(Reason.INVALID, f"{sent.name}: the pages repeat themselves")
        self._contents.add(content)

    def _require_unmoved(self, sent: Prepared, body: ResponseBody) -> None:
        """Fail if the announced number of records is lower than before. Raises MovedError."""
        if self._paging.total is None:
            return
        try:
            total = number(body.value(parse_path(self._paging.total)))
        except UnmappedError:
            return  # not on every page; it is required where it proves the end
        if total < self._total:
            message = f"{sent.name}: {total:g} of {self._total:g} records are left at the next page"
            raise MovedError(Reason.INVALID, message)
        self._total = total

    def _counted(self) -> Prepared | None:
        """Return the request of the next page by its number or offset."""
        paging = self._paging
        if paging.page is not None:
            return with_parameter(self._first, paging.page, paging.first + self._requested, paging.location)
        if paging.offset is not None:
            return with_parameter(self._first, paging.offset, self._records, paging.location)
        return None

    def _at(self, sent: Prepared, address: object) -> Prepared | None:
        """Return the request of the page at an address."""
        if address in _ENDS:
            return None
        base = URL(self._base)
        try:
            target = URL(sent.url(self._base)).join(URL(str(address)))
            same_origin = target.origin() == base.origin() and "@" not in target.authority
        except (ValueError, TypeError) as error:
            raise PollError(Reason.INVALID, f"{sent.name}: invalid address of the next page") from error
        if not same_origin:
            raise PollError(Reason.INVALID, f"{sent.name}: the next page is at another origin, not requested")
        self._require_new(sent, str(target))
        return with_address(sent, str(target))

    def _with_token(self, sent: Prepared, token: object, parameter: str) -> Prepared | None:
        if token in _ENDS:
            return None
        if not isinstance(token, str | int):
            raise PollError(Reason.INVALID, f"{sent.name}: invalid token of the next page")
        self._require_new(sent, str(token))
        return with_parameter(self._first, parameter, token, self._paging.location)

    def _is_last(self, sent: Prepared, body: ResponseBody, records: int) -> bool:
        """Return whether this is the last page. Raises PollError."""
        pages, total = (self._announced(sent, body, path) for path in (self._paging.pages, self._paging.total))
        if pages is not None:
            return self._requested >= pages
        return records == 0 or (total is not None and self._records >= total)

    def _announced(self, sent: Prepared, body: ResponseBody, path: str | None) -> float | None:
        if path is None:
            return None
        try:
            return number(body.value(parse_path(path)))
        except UnmappedError as error:
            raise PollError(Reason.INVALID, f"{sent.name}: no number at {path}") from error

    def _require_new(self, sent: Prepared, place: str) -> None:
        if place in self._seen:
            raise PollError(Reason.INVALID, f"{sent.name}: the pages repeat themselves")
        self._seen.add(place)


def _next_links(response: Response) -> Iterator[str]:
    """Yield the addresses of a `Link` header whose relation is `next`."""
    for header in response.headers.getall("Link", ()):
        for address, parameters in _LINK.findall(header):
            for quoted, plain in _REL_NEXT.findall(parameters):
                if "next" in (quoted or plain).casefold().split():
                    yield address
