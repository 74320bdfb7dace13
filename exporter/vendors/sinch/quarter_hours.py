"""The mapping of Sinch's quarter hours to the running totals of a queue. Durations are milliseconds.

Source page: section */contactSummaries*.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from exporter.model import Channel, Queue
from exporter.vendors.sinch.times import utc_time
from exporter.vendors.sinch.words import channel
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import identifier, milliseconds, number, text


class QuarterHour(msgspec.Struct, frozen=True):
    """The totals of a queue in one quarter of an hour.

    Attributes:
        id: The vendor's id of the row; "" if it has none.
        queue_id: The queue's id.
        name: The queue's name.
        channel: How the queue's contacts arrive.
        began: When it began, in seconds since the Unix epoch.
        changed: When the vendor changed it last, in seconds since the Unix epoch.
        totals: Totals by the model's field of a queue; durations in milliseconds as received, because sums of
            fractional seconds would depend on the order of the rows.
    """

    id: str
    queue_id: str = ""
    name: str = ""
    channel: Channel | Literal[""] = ""
    began: float | None = None
    changed: float | None = None
    totals: Mapping[str, float] = {}


OFFERED = ("contacts_offered.handled", "contacts_offered.active")
# The value of a day is the sum of its quarter hours, and for the longest wait the maximum.
_TOTALS = (
    Field("inArrivedHandled", OFFERED[0], number),
    Field("inArrivedActive", OFFERED[1], number),
    Field("inHandled", "contacts_answered", number),
    Field("inAnsweredOnTime", "contacts_answered_in_service_level", number),
    Field("inAbandoned", "contacts_abandoned", number),
    Field("inFalseAttempt", "contacts_abandoned_short", number),
    Field("inServiceClosed", "contacts_rejected_closed", number),
    Field("inAnsweredQueueTimeTotal", "answer_wait_seconds", milliseconds),
    Field("inAbandonedQueueTimeTotal", "abandon_wait_seconds", milliseconds),
    Field("inHandleTimeTotal", "handle_seconds", milliseconds),
    Field("outHandled", "outbound_contacts_handled", number),
    Field("outHandleTimeTotal", "outbound_handle_seconds", milliseconds),
    Field("inQueueTimeMax", "max_wait_seconds", milliseconds),
)
DURATIONS = frozenset(field.to for field in _TOTALS if field.read is milliseconds)
_SERVICE_LEVEL_OF = ("inAnsweredOnTime", "inArrivedHandled", "inArrivedActive", "inFalseAttempt")
_QUEUE_FIELDS = (
    Field("queueName", "name", text),
    Field("type", "channel", channel),
)
QUARTER_HOURS = RowSchema(
    "contactSummaries",
    QuarterHour,
    (
        Field("id", "id", identifier),
        Field("queueId", "queue_id", identifier),
        *_QUEUE_FIELDS,
        Field("hourTime", "began", utc_time),
        Field("changeTimeStamp", "changed", utc_time),
        *(Field(field.name, f"totals.{field.to}", number) for field in _TOTALS),
    ),
    anonymous=True,
)
# The queue that the quarter hours of a day add up to, for the reference.
DAY = RowSchema(
    "contactSummaries",
    Queue,
    (
        Field("queueId", "id", identifier),
        *_QUEUE_FIELDS,
        *_TOTALS,
        *(Field(name, "service_level_ratio", number) for name in _SERVICE_LEVEL_OF),
    ),
)
