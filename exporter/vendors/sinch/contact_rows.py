"""The mapping of single contacts: when each phase ended and how long it took, and nothing that is personal.

Source page: section */contacts*. A row also contains the customer's number or address, the subject, and the agent. The
decoder reads only the fields named here, so the others are dropped while the row is parsed. Durations are milliseconds,
the threshold is in seconds.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from exporter.model import Channel, ContactDirection, ContactOutcome, Queue
from exporter.vendors.sinch.times import utc_time
from exporter.vendors.sinch.words import channel
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.followed_items import Phase, Sighting
from exporter.vendors.toolkit.readers import Reader, identifier, milliseconds, seconds, text, words

WAIT: Phase = "wait"
SERVICE_LEVEL_WAIT: Phase = "service-level wait"
HANDLING: Phase = "handling"
WRAP_UP: Phase = "wrap-up"
FINISHED: Phase = "finished"

FINAL_WORDS: Mapping[str, ContactOutcome] = {
    "Handled_AOT": "answered",
    "Handled": "answered",
    "NotHandled_Ab": "abandoned",
    "NotHandled_FA": "abandoned_short",
    "ServiceClosed": "rejected_closed",
}
OPEN_WORDS = ("InQueue", "InProcess", "InProcess_Preview", "InProcess_Pending", "InProcess_WrapUp")
# A callback request waits in the queue as the customer's call did. The calls that it causes do not come from customers.
TYPE_WORDS: Mapping[str, ContactDirection] = {
    "CallIn": "in",
    "CallIn/Forwarded": "in",
    "EMAILIN": "in",
    "VOICEMAILIN": "in",
    "ChatIn": "in",
    "CBR": "in",
    "CallOut": "out",
    "CallOutOB": "out",
    "CallOutTerm": "out",
    "EMAILOUT": "out",
    "ChatOut": "out",
    "CBRCallOut": "out",
    "CBRIntCallIn": "internal",
    "IVR": "internal",
}

_CALLBACK = "CBR"
_WAITING = "InQueue"

Status = ContactOutcome | Literal["open"]
_STATUS_WORDS: Mapping[str, Status] = {**FINAL_WORDS, **dict.fromkeys(OPEN_WORDS, "open")}


class Contact(msgspec.Struct, frozen=True, gc=False):
    """A contact, or one leg of it: a transferred contact gets a new id.

    Attributes:
        id: Its id.
        queue_id: The queue it is in, or was in last; "" if it is in none.
        queue: The name of that queue.
        channel: The channel of the contact.
        origin_queue_id: The queue in which it was created.
        direction: Who started it.
        status: The outcome, `open` before it is final; `unknown` if the vendor's word is.
        arrived: When it arrived, in seconds since the Unix epoch.
        queued: When it arrived in the queue.
        connected: When an agent answered it; None before.
        disconnected: When it ended; None before.
        wrap_up_began: When the wrap-up began; None before, or without one.
        wrap_up_ended: When the wrap-up ended; None before, or without one.
        wait: The wait in the queue in seconds.
        service_level_wait: The wait in seconds that is compared with the service-level threshold.
        handling: The time from the answer to the end in seconds; up to now while it is open.
        wrap_up: The wrap-up time in seconds.
        threshold: The service-level threshold in seconds.
        is_callback: Whether it is a callback that the customer requested.
        is_in_queue: Whether it waits in the queue now.
    """

    id: str
    queue_id: str = ""
    queue: str = ""
    channel: Channel | Literal[""] = ""
    origin_queue_id: str = ""
    direction: ContactDirection = "unknown"
    status: Status = "unknown"
    arrived: float | None = None
    queued: float | None = None
    connected: float | None = None
    disconnected: float | None = None
    wrap_up_began: float | None = None
    wrap_up_ended: float | None = None
    wait: float | None = None
    service_level_wait: float | None = None
    handling: float | None = None
    wrap_up: float | None = None
    threshold: float | None = None
    is_callback: bool = False
    is_in_queue: bool = False

    @property
    def is_wrapping_up(self) -> bool:
        """Whether the wrap-up has begun and not ended."""
        return self.wrap_up_began is not None and self.wrap_up_ended is None

    @property
    def is_final(self) -> bool:
        """Whether it has ended; one whose status is unknown has, if it is disconnected and not in wrap-up."""
        if self.status == "unknown":
            return self.disconnected is not None and not self.is_wrapping_up
        return self.status != "open"

    @property
    def is_handling_final(self) -> bool:
        """Whether the handling time is final: in wrap-up, some installations may count it up to now."""
        if self.is_final or self.handling is None or self.connected is None or self.disconnected is None:
            return self.is_final
        # The times may be rounded to seconds, the duration is not.
        return self.handling <= self.disconnected - self.connected + 1.0

    @property
    def outcome(self) -> ContactOutcome:
        """The outcome as far as it is known: an open contact that is connected has been answered."""
        if self.status != "open":
            return self.status
        return "unknown" if self.connected is None else "answered"


def sighting(contact: Contact, arrived: float) -> Sighting:
    """Return which phases of a contact have ended.

    Args:
        contact: The contact.
        arrived: When it arrived.
    """
    ended: dict[Phase, float] = {}
    is_final = contact.is_final
    if is_final or contact.connected is not None:
        answered = _first(contact.connected, contact.disconnected, arrived)
        # A row in process may lack a duration, as the published e-mail does.
        if is_final or contact.wait is not None:
            ended[WAIT] = answered
        if is_final or contact.service_level_wait is not None:
            ended[SERVICE_LEVEL_WAIT] = answered
    if contact.disconnected is not None and contact.outcome == "answered" and contact.is_handling_final:
        ended[HANDLING] = contact.disconnected
    if contact.wrap_up_ended is not None:
        ended[WRAP_UP] = contact.wrap_up_ended
    if is_final:
        ended[FINISHED] = _first(contact.disconnected, contact.connected, arrived)
    moments = (contact.queued, contact.connected, contact.disconnected, contact.wrap_up_began, contact.wrap_up_ended)
    latest = max([arrived, *(moment for moment in moments if moment is not None)])
    return Sighting(contact.id, ended, latest, settled=is_final and not contact.is_wrapping_up)


def _first(*moments: float | None) -> float:
    return next(moment for moment in moments if moment is not None)


def _equals(word: str) -> Reader:
    """Return a reader of whether a value is this word; it never raises: another field reads all words."""
    return lambda value: isinstance(value, str) and value.strip().casefold() == word.casefold()


CONTACTS = RowSchema(
    "contacts",
    Contact,
    (
        Field("id", "id", identifier),
        Field("queueId", "queue_id", identifier),
        Field("queueName", "queue", text),
        Field("channel", "channel", channel),
        Field("origQueueId", "origin_queue_id", identifier),
        Field("type", "direction", words(TYPE_WORDS, "unknown")),
        Field("status", "status", words(_STATUS_WORDS, "unknown")),
        Field("arrivalTime", "arrived", utc_time),
        Field("arrivalQueueTime", "queued", utc_time),
        Field("connectTime", "connected", utc_time),
        Field("disconnectTime", "disconnected", utc_time),
        Field("wrapUpBeginTime", "wrap_up_began", utc_time),
        Field("wrapUpEndTime", "wrap_up_ended", utc_time),
        Field("queuingDuration", "wait", milliseconds),
        Field("waitingDuration", "service_level_wait", milliseconds),
        Field("handlingDuration", "handling", milliseconds),
        Field("wrapUpTotalDuration", "wrap_up", milliseconds),
        Field("answeredOnTimeThreshold", "threshold", seconds),
        Field("type", "is_callback", _equals(_CALLBACK)),
        Field("status", "is_in_queue", _equals(_WAITING)),
    ),
)
# The queue that its contacts add up to, for the reference.
QUEUE_OF_CONTACTS = RowSchema(
    "contacts",
    Queue,
    (
        Field("queueId", "id", identifier),
        Field("queueName", "name", text),
        Field("channel", "channel", channel),
        Field("answeredOnTimeThreshold", "service_level_target_seconds", seconds),
        Field("type", "waiting_callbacks", text),
        Field("status", "waiting_callbacks", text),
        Field("queuingDuration", "contacts.waits", milliseconds),
        Field("status", "contacts.waits", text),
        Field("connectTime", "contacts.waits", utc_time),
        Field("waitingDuration", "contacts.service_level_waits", milliseconds),
        Field("handlingDuration", "contacts.handling", milliseconds),
        Field("disconnectTime", "contacts.handling", utc_time),
        Field("wrapUpTotalDuration", "contacts.wrap_up", milliseconds),
        Field("wrapUpBeginTime", "contacts.wrap_up", utc_time),
        Field("wrapUpEndTime", "contacts.wrap_up", utc_time),
        Field("status", "contacts.finished", text),
        Field("type", "contacts.finished", text),
        Field("origQueueId", "contacts.moved_in", identifier),
        Field("arrivalTime", "contacts.answered_difference", utc_time),
        Field("arrivalQueueTime", "contacts.answered_difference", utc_time),
        Field("status", "contacts.answered_difference", text),
    ),
)
