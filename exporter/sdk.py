"""The public API for vendor packages: the only supported import; the modules behind it may move."""

from exporter.errors import PollError, Reason
from exporter.model import (
    Agent,
    AgentState,
    Channel,
    ContactOutcome,
    Direction,
    FigureMeanings,
    Handled,
    Histogram,
    Number,
    ObservedContacts,
    Period,
    PollItems,
    PortState,
    Queue,
    Severity,
    Snapshot,
    Thresholds,
    Trunk,
    TrunkPort,
    WaitAges,
)
from exporter.redaction import remember
from exporter.runtime.clock import Clock
from exporter.settings import Choice, Contacts, Poll, Secret, TargetSettings, Text, Url, Zone
from exporter.vendors.base import Client, FieldNote, Memory, Resource, Unused, Vendor
from exporter.vendors.toolkit.assemble import handled_contacts, join_words
from exporter.vendors.toolkit.bearer_tokens import Token, TokenSource
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import Decoder, Field, RowSchema, Source
from exporter.vendors.toolkit.duration_histogram import DurationHistogram
from exporter.vendors.toolkit.followed_items import FollowedItems, Sighting
from exporter.vendors.toolkit.http import Http, Response, basic, cookies, seconds_until
from exporter.vendors.toolkit.item_rounds import ItemRounds, Responses
from exporter.vendors.toolkit.json_document import Notes, decode_json
from exporter.vendors.toolkit.pacing import Pace, visit_each
from exporter.vendors.toolkit.rate_floor import Floor
from exporter.vendors.toolkit.readers import (
    Reader,
    UnmappedError,
    identifier,
    milliseconds,
    number,
    percentage,
    ratio,
    seconds,
    text,
    total_seconds,
    words,
)
from exporter.vendors.toolkit.shared_answer import Answer, SharedAnswer
from exporter.vendors.toolkit.timezones import midnight
from exporter.vendors.toolkit.wait_buckets import wait_histograms

__all__ = [
    "Agent",
    "AgentState",
    "Answer",
    "Cadence",
    "Channel",
    "Choice",
    "Client",
    "Clock",
    "ContactOutcome",
    "Contacts",
    "Decoder",
    "Direction",
    "DurationHistogram",
    "Field",
    "FieldNote",
    "FigureMeanings",
    "Floor",
    "FollowedItems",
    "Handled",
    "Histogram",
    "Http",
    "ItemRounds",
    "Memory",
    "Notes",
    "Number",
    "ObservedContacts",
    "Pace",
    "Period",
    "Poll",
    "PollError",
    "PollItems",
    "PortState",
    "Queue",
    "Reader",
    "Reason",
    "Resource",
    "Response",
    "Responses",
    "RowSchema",
    "Secret",
    "Severity",
    "SharedAnswer",
    "Sighting",
    "Snapshot",
    "Source",
    "TargetSettings",
    "Text",
    "Thresholds",
    "Token",
    "TokenSource",
    "Trunk",
    "TrunkPort",
    "UnmappedError",
    "Unused",
    "Url",
    "Vendor",
    "WaitAges",
    "Zone",
    "basic",
    "cookies",
    "decode_json",
    "handled_contacts",
    "identifier",
    "join_words",
    "midnight",
    "milliseconds",
    "number",
    "percentage",
    "ratio",
    "remember",
    "seconds",
    "seconds_until",
    "text",
    "total_seconds",
    "visit_each",
    "wait_histograms",
    "words",
]
