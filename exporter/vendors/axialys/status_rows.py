"""Mapping of the history of the operators' status: who did what from when and for how long, and nothing about callers.

Source page: section *3.4 Retrieval of operator status history*. The decoder reads only the fields named here; the id of
a call and the additional information, which may be added later, are dropped while the row is parsed.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from exporter.model import Agent, AgentState, Direction
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.operators import combined
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.followed_items import Phase, Sighting
from exporter.vendors.toolkit.readers import identifier, seconds, text, words

Event = Literal["call_in", "call_out", "break", "catchup", "login", "unknown"]

ENDED: Phase = "ended"

STATES: Mapping[Event, AgentState] = {"call_in": "busy", "call_out": "busy", "break": "paused", "catchup": "wrap_up"}
DIRECTIONS: Mapping[Event, Direction] = {"call_in": "in", "call_out": "out"}
# A login includes all other events.
_TYPE_WORDS: Mapping[str, Event] = {
    "call_in": "call_in",
    "call_out": "call_out",
    "break": "break",
    "catchup": "catchup",
    "login": "login",
}


class Status(msgspec.Struct, frozen=True, gc=False):
    """A row of `/vm/calls/status`: something that an operator did and that has ended.

    Attributes:
        id: Always empty: rows have no id.
        operator: The operator's id.
        event: What the operator did; None if the row has no type.
        date: The start as the vendor writes it.
        began: The start in seconds since the Unix epoch.
        duration: Its seconds.
    """

    id: str = ""
    operator: str = ""
    event: Event | None = None
    date: str = ""
    began: float | None = None
    duration: float | None = None


def sighting(status: Status) -> Sighting | None:
    """Return that a status has ended, None if the row lacks its operator, type, start or duration.

    A row is known by the date that the vendor wrote: it does not change if dates are read differently later.
    """
    if not status.operator or status.event is None or status.began is None or status.duration is None:
        return None
    ended = status.began + status.duration
    key = f"{status.operator} {status.event} {status.date}"
    return Sighting(key, {ENDED: ended}, ended, settled=True)


def statuses(dates: Dates) -> RowSchema[Status]:
    """Return the table of the history (3.4); `STATUS_TOTALS` documents its meaning.

    Args:
        dates: Reads dates.
    """
    return RowSchema(
        "calls_status",
        Status,
        (
            Field("id_op", "operator", identifier),
            Field("type", "event", words(_TYPE_WORDS, "unknown")),
            Field("date", "date", text),
            Field("date", "began", dates.fixed_moment),
            Field("duration", "duration", seconds),
        ),
        anonymous=True,
    )


# For the reference: 3.4 /vm/calls/status as `status_totals` adds up its rows.
STATUS_TOTALS = RowSchema(
    "calls_status",
    Agent,
    (
        Field("id_op", "id", identifier),
        Field("type", "state_totals", combined),
        Field("date", "state_totals", combined),
        Field("duration", "state_totals", combined),
        Field("type", "handled", combined),
        Field("date", "handled", combined),
        Field("duration", "handled", combined),
    ),
)
