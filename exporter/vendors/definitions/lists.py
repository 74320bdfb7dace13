"""Answers that are kept for other requests: ids to ask for, and values joined to other records by id."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from exporter.errors import PollError
from exporter.runtime.clock import Clock
from exporter.vendors.definitions.api import Api
from exporter.vendors.definitions.batches import Batches
from exporter.vendors.definitions.paths import parse_path
from exporter.vendors.definitions.records import RecordSelector, split, values_of
from exporter.vendors.definitions.request_keys import ListRequest
from exporter.vendors.definitions.scope import known_id
from exporter.vendors.toolkit.json_document import Notes

# An answer is new for every poll of the resources that use it, though they do not poll at the same moment.
_SHARE_OF_INTERVAL: Final = 0.9
# If it cannot be requested, the last answer is used for this many intervals.
_KEPT_INTERVALS: Final = 2.0
_ID: Final = "@id"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a list.

    Attributes:
        ids: The ids as the vendor writes them, in its order, each once.
        values: The values that are joined to other records, by id.
    """

    ids: Sequence[str] = ()
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class KeptList:
    """One list of a target, requested no more often than its interval."""

    def __init__(  # noqa: PLR0913 - the parts of one list
        self, name: str, spec: ListRequest, api: Api, clock: Clock, *, batches: Batches, interval: float
    ) -> None:
        """Start without an answer.

        Args:
            name: The name of the list.
            spec: Its description.
            api: Sends its requests.
            clock: Measures the age of the answer.
            batches: Sends its requests for each id of another list.
            interval: The configured poll interval.
        """
        self._name = name
        self._spec = spec
        self._api = api
        self._clock = clock
        self._batches = batches
        self._selector = RecordSelector(spec, name)
        self._paths = {_ID: parse_path(spec.id)} | {key: parse_path(path) for key, path in spec.keep.items()}
        self._every = max(spec.every, _SHARE_OF_INTERVAL * interval)
        self._lock = asyncio.Lock()
        self._kept = Kept()
        self._requests = 0
        self._at = float("-inf")

    @property
    def requests_a_minute(self) -> float:
        """The requests that the list regularly needs."""
        return 60.0 * self._requests / self._every

    async def get(self, notes: Notes) -> Kept:
        """Return the list, requested now if the last answer is too old. Raises PollError."""
        async with self._lock:
            age = self._clock.monotonic() - self._at
            if age < self._every:
                return self._kept
            try:
                kept = await self._request(notes)
            except PollError:
                if age < _KEPT_INTERVALS * self._every:
                    return self._kept
                raise
            self._kept, self._at = kept, self._clock.monotonic()
            return kept

    async def _request(self, notes: Notes) -> Kept:
        responses = await self._batches.fetch(self._spec, self._selector, self._name, notes)
        self._requests = sum(response.pages for response in responses)
        records = [row for response in responses for row in split(response.records, self._name)]
        ids: dict[str, str] = {}
        values: dict[str, Mapping[str, Any]] = {}
        for record in records:
            found = values_of(record, self._paths)
            listed = found.pop(_ID)
            key = known_id(listed)
            if key is None:
                notes.append((f"{self._name}.{self._spec.id}", "no id"))
            elif key not in values:
                ids[key], values[key] = _as_written(listed, key), found
        return Kept(tuple(ids.values()), values)


def _as_written(listed: object, key: str) -> str:
    """Return an id as a request must contain it: in the letters of the vendor, which may distinguish their case."""
    written = listed.strip() if isinstance(listed, str) else key
    return written if written.upper() == key.upper() else key
