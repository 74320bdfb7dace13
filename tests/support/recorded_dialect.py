"""A stand-in for the API of a vendor definition: the first example of its file, served over HTTP."""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml
from aiohttp import web

from exporter.simulator.date_header import dated
from exporter.simulator.driver import Driver
from tests.support.paths import ROOT

DEFINITIONS = ROOT / "exporter" / "vendors" / "definitions"

# The clock of an example that does not set it.
_TIME = "2026-01-01T12:00:00Z"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_DATE = re.compile(rf"{_MOMENT.pattern}|\d{{4}}-\d\d-\d\d")
_MILLISECONDS = re.compile(r"\b1\d{12}\b")
_Key = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class _Answer:
    """A recorded answer.

    Attributes:
        sent: The body that the request must have, as canonical JSON without dates; None for any.
        status: The status.
        headers: The headers.
        body: The body.
    """

    sent: str | None
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Pages:
    """How a definition reads the pages of a list.

    Attributes:
        records: The path of the records.
        next: The path of the next page's address, "" if the list has none.
        total: The path of the number of records, "" if the list has none.
    """

    records: str
    next: str
    total: str


class RecordedDialect:
    """The API of a definition, as its first example recorded it.

    Dates in requests are not compared, and dates in bodies keep their distance from the present, so that every answer
    leads to the same series at any time. Each sign-in returns another token.
    """

    def __init__(self, definition: Mapping[str, Any]) -> None:
        """Read the first example of a definition."""
        example = definition["examples"][0]
        self.name: str = definition["vendor"]
        self.definition = definition
        self._settings: Mapping[str, object] = example.get("settings", {})
        self._time = datetime.fromisoformat(example.get("time", _TIME)).timestamp()
        self._answers: dict[_Key, list[_Answer]] = {}
        origins = {str(self._settings.get("url") or definition.get("url", ""))}
        for each in example["answers"]:
            method, _, address = each["request"].partition(" ")
            parts = urlsplit(address)
            if parts.netloc:
                origins.add(f"{parts.scheme}://{parts.netloc}")
            query = parse_qsl(parts.query, keep_blank_values=True)
            self._answers.setdefault(_key(method, parts.path, query), []).append(_answer(each))
        self._origins = origins - {""}
        self._tokens = itertools.count(1)

    @property
    def has_tokens(self) -> bool:
        """Whether its targets sign in for a token or a session."""
        return bool(self._token_path)

    @property
    def requests(self) -> Iterator[Mapping[str, Any]]:
        """Its lists and resources."""
        yield from self.definition.get("lists", {}).values()
        yield from self.definition["resources"].values()

    @property
    def pages(self) -> Iterator[Pages]:
        """The lists that it reads in pages."""
        for each in self.requests:
            if paging := each.get("paging"):
                yield Pages(each.get("records", ""), paging.get("next", ""), paging.get("total", ""))

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this API, which also stands in for its token endpoint."""
        settings = json.loads(self._relocated(json.dumps(self._settings), url))
        return {"name": self.name, **settings, "url": url}

    def application(self, driver: Driver) -> web.Application:
        """Return the API."""

        async def serve(request: web.Request) -> web.Response:
            path = request.path.removeprefix(f"/{self.name}")
            candidates = self._answers.get(_key(request.method, path, request.query.items()), [])
            sent = _canonical(await request.text(), request.content_type)
            found = next((each for each in candidates if each.sent in {None, sent}), None)
            if found is None:
                return web.json_response({"message": f"no example of {request.method} {path}"}, status=404)
            origin = f"{request.headers.get('X-Forwarded-Proto', 'http')}://{request.host}"
            # Whole seconds, as in the Date header.
            moved = int(driver.clock.time()) - int(self._time)
            body = self._relocated(found.body, origin)
            body = _MOMENT.sub(lambda match: _moved(match[0], moved), body)
            body = _MILLISECONDS.sub(lambda match: str(int(match[0]) + moved * 1000), body)
            if request.method == "POST" and self.has_tokens:
                body = self._with_new_token(body)
            return web.Response(status=found.status, headers=found.headers, text=body, content_type="application/json")

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", serve)
        app.on_response_prepare.append(dated(driver))
        return app

    @property
    def _token_path(self) -> str:
        """The path of the token in the response to a sign-in, "" if there is none."""
        match self.definition.get("login"):
            case {"session": {"token": str(path)}} | {"oauth": {"token": str(path)}}:
                return path
            case {"oauth": _}:
                return "access_token"
        return ""

    def _with_new_token(self, body: str) -> str:
        """Return the body of a response with another token, if it contains one."""
        *keys, last = self._token_path.split(".")
        document = inner = json.loads(body)
        for key in keys:
            inner = inner.get(key, {})
        if last not in inner:
            return body
        inner[last] = f"{inner[last]}-{next(self._tokens)}"
        return json.dumps(document)

    def _relocated(self, text: str, url: str) -> str:
        """Return a text with the vendor's origins replaced by that of the stand-in."""
        for origin in self._origins:
            text = text.replace(origin, url)
        return text


@cache
def recorded_dialects() -> tuple[RecordedDialect, ...]:
    """Return a stand-in for every definition of this repository."""
    return tuple(RecordedDialect(yaml.safe_load(file.read_text())) for file in sorted(DEFINITIONS.glob("*.yml")))


def _answer(recorded: Mapping[str, Any]) -> _Answer:
    sent = recorded.get("json", recorded.get("form"))
    body = recorded.get("body", "")
    return _Answer(
        None if sent is None else _without_dates(json.dumps(sent, sort_keys=True)),
        recorded.get("status", 200),
        recorded.get("headers", {}),
        body if isinstance(body, str) else json.dumps(body),
    )


def _key(method: str, path: str, query: Iterable[tuple[str, str]]) -> _Key:
    return method, _without_dates(path), tuple(sorted((name, _without_dates(value)) for name, value in query))


def _canonical(body: str, content_type: str) -> str:
    """Return the JSON or form body of a request as sorted JSON without dates."""
    if content_type != "application/json":
        return _without_dates(json.dumps(dict(parse_qsl(body, keep_blank_values=True)), sort_keys=True))
    return _without_dates(json.dumps(json.loads(body or "null"), sort_keys=True))


def _without_dates(text: str) -> str:
    return _DATE.sub("DATE", text)


def _moved(moment: str, seconds: float) -> str:
    return datetime.fromtimestamp(datetime.fromisoformat(moment).timestamp() + seconds, UTC).isoformat()
