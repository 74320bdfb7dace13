"""Client of one target at Asterisk: its resources and the snapshots made of the responses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple, TypeVar

import msgspec

from exporter.model import Period, Queue, Snapshot, Trunk
from exporter.runtime.clock import Clock
from exporter.vendors.asterisk.api import AsteriskApi, ListAction, Listed, MissingActionError, compute
from exporter.vendors.asterisk.contacts_taken import ContactsTaken
from exporter.vendors.asterisk.members import Present, agents_of, at_present, staff_by_queue
from exporter.vendors.asterisk.messages import Event, Headers
from exporter.vendors.asterisk.queues import complete, longest_waits
from exporter.vendors.asterisk.settings import AsteriskSettings
from exporter.vendors.asterisk.system import CORE_STATUS, period_of
from exporter.vendors.asterisk.tables import (
    ENDPOINTS,
    ENTRIES,
    MEMBERS,
    QUEUES,
    REGISTRATIONS,
    header_names,
    queue_schema,
)
from exporter.vendors.asterisk.trunks import SHOW_ENDPOINTS, SHOW_REGISTRATIONS, trunks_of
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes

M = TypeVar("M", bound=msgspec.Struct)

_REPEATED: Final = "repeated with another value"
# Several hundred members take some milliseconds.
_WORKER_FROM_ITEMS: Final = 500


class _Queues(NamedTuple):
    """What the list of queues contains.

    Attributes:
        queues: The queues.
        present: The memberships with their states.
        notes: Unmapped values.
    """

    queues: tuple[Queue, ...]
    present: Sequence[Present]
    notes: Notes


class AsteriskClient:
    """One Asterisk."""

    def __init__(self, target: AsteriskSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._api = AsteriskApi(target, http, clock)
        queues = queue_schema(target.service_level)
        self._queues = Decoder(queues)
        self._members = Decoder(MEMBERS)
        self._entries = Decoder(ENTRIES)
        self._endpoints = Decoder(ENDPOINTS)
        self._registrations = Decoder(REGISTRATIONS)
        self._contacts_taken = ContactsTaken()
        self._has_pjsip = False
        self._show_queues = ListAction(
            "QueueStatus",
            items={schema.name: header_names(schema) for schema in (queues, MEMBERS, ENTRIES)},
            complete="QueueStatusComplete",
        )

    @property
    def resources(self) -> Sequence[Resource]:
        """Queues with their members, in two requests a poll, and trunks, in two others."""
        queues = Resource("queues", self.queues, provides=("queues", "agents"), memory=self._contacts_taken)
        return queues, Resource("trunks", self.trunks, provides=("trunks",))

    async def queues(self) -> Snapshot:
        """Request the queues, their members and the contacts waiting in them. Raises PollError."""
        # First, so that totals of after a restart are never taken for those of the period before it.
        period = await self._period()
        listed = await self._api.list(self._show_queues)
        many = len(listed.items) > _WORKER_FROM_ITEMS
        decoded = await compute(partial(self._decode_queues, listed), in_worker=many)
        # Not in the worker thread: a cancelled poll must not count contacts.
        contacts = self._contacts_taken.update((each.member for each in decoded.present), listed.at)
        agents = await compute(partial(agents_of, decoded.present, contacts, listed.at), in_worker=many)
        return Snapshot(
            queues=decoded.queues,
            agents=agents,
            unmapped=tuple(decoded.notes),
            period=period,
            findings=self._findings(CORE_STATUS.name, "restarts of the totals are recognised by their values only"),
        )

    async def trunks(self) -> Snapshot:
        """Request the PJSIP endpoints that are trunks; there are none if PJSIP is not loaded. Raises PollError."""
        notes: Notes = []
        try:
            registrations = await self._api.list(SHOW_REGISTRATIONS)
        except MissingActionError as error:
            if self._has_pjsip:  # Asterisk is starting and has not loaded it yet
                raise
            return Snapshot(findings=(f"{error} Trunks are off: PJSIP is not loaded",))
        self._has_pjsip = True
        endpoints = await self._api.if_allowed(self._api.list(SHOW_ENDPOINTS))
        items = (*registrations.items, *(endpoints.items if endpoints else ()))
        found = await compute(partial(self._decode_trunks, items, notes), in_worker=len(items) > _WORKER_FROM_ITEMS)
        findings = self._findings(SHOW_ENDPOINTS.name, "only registrations of trunks are exported, not their calls")
        return Snapshot(trunks=found, unmapped=tuple(notes), findings=findings)

    async def close(self) -> None:
        """Sign out. Raises PollError."""
        await self._api.close()

    def _decode_queues(self, listed: Listed) -> _Queues:
        """Return the queues with their members and waits, and the memberships."""
        notes: Notes = []
        rows = _by_name(listed.items, notes)
        queues = _read(self._queues, rows[QUEUES], notes)
        present = at_present(_read(self._members, rows[MEMBERS.name], notes), listed.at)
        waits = longest_waits(_read(self._entries, rows[ENTRIES.name], notes))
        return _Queues(complete(queues, staff_by_queue(present), waits, self._target.service_level), present, notes)

    def _decode_trunks(self, items: Iterable[Event], notes: Notes) -> tuple[Trunk, ...]:
        """Return the trunks among endpoints, with their registrations."""
        rows = _by_name(items, notes)
        endpoints = _read(self._endpoints, rows[ENDPOINTS.name], notes)
        registrations = _read(self._registrations, rows[REGISTRATIONS.name], notes)
        return trunks_of(endpoints, registrations, self._target.trunk_endpoints)

    async def _period(self) -> Period | None:
        """Return the reporting period, None if the user may not request it."""
        status = await self._api.if_allowed(self._api.ask(CORE_STATUS))
        return None if status is None else period_of(status, self._target.timezone)

    def _findings(self, action: str, consequence: str) -> tuple[str, ...]:
        """Return what the refusal of an action means, if it was refused."""
        refusal = self._api.refusal_of(action)
        return (f"{refusal}: {consequence}",) if refusal else ()


def _by_name(items: Iterable[Event], notes: Notes) -> Mapping[str, Sequence[Headers]]:
    """Return the headers of events by the name of the event; repeated headers are recorded."""
    rows: defaultdict[str, list[Headers]] = defaultdict(list)
    for name, headers, repeated in items:
        rows[name].append(headers)
        notes += [(f"{name}.{header}", _REPEATED) for header in repeated]
    return rows


def _read(decoder: Decoder[M], rows: Sequence[Headers], notes: Notes) -> tuple[M, ...]:
    return decoder.decode(msgspec.Raw(msgspec.json.encode(rows)), notes)
