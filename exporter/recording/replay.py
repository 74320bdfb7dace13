"""Replays a recording: the vendor's client receives the recorded answers, and its snapshots become series."""

import asyncio
import json as json_format
from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

import aiohttp
from yarl import URL

from exporter.errors import ConfigError, PollError, Problem, Reason
from exporter.metrics.pages import Exposition
from exporter.polling.once import Polled, poll_each
from exporter.polling.selection import wanted_resources
from exporter.recording.anonymiser import is_moment, without_times
from exporter.recording.exchanges import Exchange, Recording
from exporter.recording.exposing import expose
from exporter.recording.headers import recorded_headers
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.toolkit.http import Http, Response, open_session

_ANY_TIME = "a time"


class ReplayClock:
    """The time of a recording: it passes by the recorded answers, and by sleeping, which takes no time."""

    def __init__(self, began: float) -> None:
        """Start at the time of the recording, in seconds since the Unix epoch."""
        self._began = began
        self._elapsed = 0.0

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return self._began + self._elapsed

    def monotonic(self) -> float:
        """Return seconds since the recording began."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run, and the time pass."""
        wakes_at = self._elapsed + seconds
        await asyncio.sleep(0)
        self.advance(wakes_at)

    def advance(self, elapsed: float) -> None:
        """Let the time pass until this many seconds since the recording began."""
        self._elapsed = max(self._elapsed, elapsed)


class ReplayHttp(Http):
    """The HTTP client of a target that answers requests from a recording.

    A request is answered as an equal one was, whatever its times, in the order of the recording; the last answer is
    repeated. Without an equal one, it is answered as one of the same path.
    """

    def __init__(self, session: aiohttp.ClientSession, clock: ReplayClock, exchanges: Sequence[Exchange]) -> None:
        """Prepare the answers.

        Args:
            session: A session over which nothing is sent.
            clock: The time, which passes by the answers.
            exchanges: The recorded requests and answers.
        """
        super().__init__(session, clock, body_bytes=0, answered=_ignore_code)
        self._replay_clock = clock
        self._used: set[int] = set()
        self._waiting: defaultdict[Hashable, deque[Exchange]] = defaultdict(deque)
        for exchange in exchanges:
            for form in _forms(exchange.method, URL(exchange.url), exchange.form, exchange.json):
                self._waiting[form].append(exchange)

    async def send(
        self,
        method: str,
        url: URL,
        _headers: Mapping[str, str] | None,
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Response:
        """Return the recorded answer to a request. Raises PollError if there was none."""
        found = next((self._next(each) for each in _forms(method, url, form, json) if each in self._waiting), None)
        if found is None:
            raise PollError(Reason.CONNECTION, f"{method} {url.path}: not in the recording")
        self._replay_clock.advance(found.at)
        await asyncio.sleep(0)
        if found.failure is not None:
            raise PollError(found.failure, f"{method} {url.path}: failed when it was recorded")
        return Response(found.status, recorded_headers(found.headers), found.body)

    def _next(self, form: Hashable) -> Exchange:
        waiting = self._waiting[form]
        while len(waiting) > 1 and id(waiting[0]) in self._used:
            waiting.popleft()
        self._used.add(id(waiting[0]))
        return waiting[0]


class Replayed(NamedTuple):
    """What the exporter makes of a recording of one target.

    Attributes:
        settings: The recorded settings.
        polls: The result of each resource.
    """

    settings: TargetSettings
    polls: Mapping[Resource, Polled]

    @property
    def remarks(self) -> Iterator[str]:
        """Failed polls, and values without a mapping."""
        for resource, polled in self.polls.items():
            place = f"{self.settings.name}: {resource.name}"
            if polled.error is not None:
                yield f"poll failed: {place}: {polled.failure}"
            elif polled.snapshot is not None:
                for field, value in dict.fromkeys(polled.snapshot.unmapped):
                    yield f"unmapped value: {place}: {field}: {value}"


async def replay(recording: Recording, vendor: Vendor, exposition: Exposition) -> Replayed:
    """Poll each resource of a recorded target once, from the recording.

    Args:
        recording: The recording.
        vendor: Its vendor.
        exposition: Receives the series.

    Raises:
        ConfigError: The recorded settings are not those of the vendor.
    """
    try:
        target = vendor.settings.model_validate({"vendor": recording.vendor, **recording.settings})
    except ValueError as error:
        raise ConfigError((Problem("settings", f"not those of a recording: {error}"),)) from error
    clock = ReplayClock(recording.began)
    async with open_session(target) as session:
        http = ReplayHttp(session, clock, recording.exchanges)
        client = vendor.connect(target, http, clock)
        polls = await poll_each(target, wanted_resources(client.resources, target), http, clock)
    await expose(target, vendor, polls, exposition, clock)
    return Replayed(target, polls)


def _forms(
    method: str, url: URL, form: Mapping[str, str] | None, json: object
) -> tuple[tuple[Hashable, ...], tuple[Hashable, ...], tuple[Hashable, ...]]:
    """Return what identifies a request, from all of it without its times to its path."""
    # The name of a host may be made of a setting, so it may differ.
    place = (method, without_times(url.path))
    query = sorted((name, _without_times(value)) for name, value in url.query.items())
    body = json_format.dumps([_without_times(form), _without_times(json)], sort_keys=True)
    return (*place, tuple(query), body), (*place, tuple(name for name, _ in query)), place


def _without_times(value: object) -> object:
    match value:
        case Mapping():
            return {key: _without_times(each) for key, each in value.items()}
        case list() | tuple():
            return [_without_times(each) for each in value]
        case str() if is_moment(value):
            return _ANY_TIME
        case _:
            return value


def _ignore_code(_code: int) -> None:
    """Ignore the status code: nothing is sent."""
