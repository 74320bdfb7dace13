"""Which of Sinch's fields say what a queue saw in a quarter of an hour, and what those of a day mean together.

Source page: section */contactSummaries*. Durations are milliseconds.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from exporter.model import Channel, Queue
from exporter.vendors.sinch.queues import channel
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import UnmappedError, milliseconds, number, text


def moment(value: object) -> float:
    """Read an ISO 8601 timestamp, in UTC where it does not say, as seconds since the Unix epoch.

    Raises:
        UnmappedError: It is none.
    """
    try:
        date = datetime.fromisoformat(text(value))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise UnmappedError(value) from error


class Bucket(msgspec.Struct, frozen=True):
    """What a queue saw in a quarter of an hour.

    Attributes:
        id: The vendor's id of it.
        queue_id: The queue's id.
        name: The queue's name.
        channel: How the queue's contacts arrive.
        began: When it began, in seconds since the Unix epoch.
        figures: What is counted, by the model's field of a queue; durations in milliseconds as they came, because
            fractions of seconds would not add up to the same whichever comes first.
    """

    id: str
    queue_id: str = ""
    name: str = ""
    channel: Channel | Literal[""] = ""
    began: float | None = None
    figures: Mapping[str, float] = {}


# /contactSummaries: what adds up to the day's figures, and the longest wait, of which the longest is the day's.
_FIGURES = (
    Field("inArrivedHandled", "contacts_offered.handled", number),
    Field("inArrivedActive", "contacts_offered.active", number),
    Field("inHandled", "contacts_answered", number),
    Field("inAnsweredOnTime", "contacts_answered_in_service_level", number),
    Field("inAbandoned", "contacts_abandoned", number),
    Field("inFalseAttempt", "contacts_abandoned_short", number),
    Field("inServiceClosed", "contacts_rejected_closed", number),
    Field("inAnsweredQueueTimeTotal", "answer_wait_seconds", milliseconds),
    Field("inAbandonedQueueTimeTotal", "abandon_wait_seconds", milliseconds),
    Field("inHandleTimeTotal", "handle_seconds", milliseconds),
    Field("inQueueTimeMax", "max_wait_seconds", milliseconds),
)
DURATIONS = frozenset(field.to for field in _FIGURES if field.read is milliseconds)
_SERVICE_LEVEL_OF = ("inAnsweredOnTime", "inArrivedHandled", "inArrivedActive", "inFalseAttempt")
_QUEUE_OF_BUCKET = (
    Field("queueName", "name", text),
    Field("type", "channel", channel),
)
BUCKETS = RowSchema(
    "contactSummaries",
    Bucket,
    (
        Field("id", "id", text),
        Field("queueId", "queue_id", text),
        *_QUEUE_OF_BUCKET,
        Field("hourTime", "began", moment),
        *(Field(field.name, f"figures.{field.to}", number) for field in _FIGURES),
    ),
)
# What the day's buckets of a queue mean together.
SUMMARIES = RowSchema(
    "contactSummaries",
    Queue,
    (
        Field("queueId", "id", text),
        *_QUEUE_OF_BUCKET,
        *_FIGURES,
        *(Field(name, "service_level_ratio", number) for name in _SERVICE_LEVEL_OF),
    ),
)
