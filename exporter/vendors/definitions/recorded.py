"""Stands in for the network: recorded responses of an example in the place of a vendor."""

import json
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.vendors.definitions.example import Example, RecordedAnswer

_NOT_FOUND: Final = 404
Request = tuple[str, str, tuple[tuple[str, str], ...]]
"""A method, an address without query, and the sorted parameters."""


class RecordedResponse:
    """The response to one request, as an HTTP client returns it."""

    charset: str | None = None

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Return the body with the status and headers."""
        self.status = status
        self.headers = CIMultiDictProxy(CIMultiDict(headers))
        self.content = self
        self._body = body

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        return None

    async def iter_chunked(self, _size: int) -> AsyncIterator[bytes]:
        """Yield the body."""
        yield self._body

    def close(self) -> None:
        """Do nothing: there is no connection."""


class SentRequest(NamedTuple):
    """A request that was sent.

    Attributes:
        method: Its method.
        url: Its address.
        headers: Its headers.
    """

    method: str
    url: URL
    headers: Mapping[str, str]


class RecordedSession:
    """The HTTP session of an example.

    Attributes:
        problems: Requests without a response, and requests with another body than recorded.
        sent: The requests in their order.
    """

    def __init__(self, example: Example, base: str) -> None:
        """Prepare the responses.

        Args:
            example: The example.
            base: The target's URL, which recorded paths are below.
        """
        self._base = base
        self._waiting: dict[Request, list[RecordedAnswer]] = {}
        for answer in example.answers:
            self._waiting.setdefault(self._recorded(answer.request), []).append(answer)
        self._last: dict[Request, RecordedAnswer] = {}
        self.problems: list[str] = []
        self.sent: list[SentRequest] = []

    def request(
        self,
        method: str,
        url: URL,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        json: object = None,
        **_options: Any,  # noqa: ANN401 - as of the HTTP client
    ) -> RecordedResponse:
        """Return the recorded response to a request; the last one of several is repeated."""
        self.sent.append(SentRequest(method, url, dict(headers or {})))
        key = _key(method, str(url))
        waiting = self._waiting.get(key)
        answer = waiting.pop(0) if waiting else self._last.get(key)
        if answer is None:
            self.problems.append(f"no answer for the request: {self._written(key)}")
            return RecordedResponse(_NOT_FOUND, {}, b"")
        self._last[key] = answer
        self._compare(key, answer, data, json)
        return RecordedResponse(answer.status, answer.headers, _body(answer.body))

    def unused(self) -> list[str]:
        """Return a problem for each response that was not requested."""
        left = [key for key, waiting in self._waiting.items() for _ in waiting]
        return [f"never requested: {self._written(key)}" for key in left]

    def _compare(self, key: Request, answer: RecordedAnswer, data: Mapping[str, str] | None, body: object) -> None:
        if answer.form is not None and dict(data or {}) != answer.form:
            self.problems.append(f"{self._written(key)}: the form is {dict(data or {})}")
        if answer.json_body is not None and body != answer.json_body:
            self.problems.append(f"{self._written(key)}: the JSON body is {json.dumps(body, ensure_ascii=False)}")

    def _recorded(self, request: str) -> Request:
        method, _, address = request.partition(" ")
        return _key(method, address.strip() if "://" in address else f"{self._base}{address.strip()}")

    def _written(self, key: Request) -> str:
        method, address, query = key
        shown = address.removeprefix(self._base)
        parameters = "&".join(f"{name}={value}" for name, value in query)
        return f"{method} {shown}{'?' if query else ''}{parameters}"


def _key(method: str, address: str) -> Request:
    parts = urlsplit(str(URL(address)))
    plain = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return method.upper(), plain, tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))


def _body(body: object) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
