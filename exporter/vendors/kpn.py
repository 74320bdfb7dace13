"""KPN Dashboard Server: queues, agents and trunks of an on-premise contact centre behind KPN's API gateway.

Source pages: "Dashboard Server - KPN", sections *Get Access Token*, *Get data for all agents*, *… queues*, *… trunks*,
*Get single queue data*, *… trunk data* and *Return codes*. Words and units the page leaves open are those of Avaya CMS,
whose vocabulary it uses.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import msgspec
from yarl import URL

from exporter.clock import Clock
from exporter.errors import PollError, Reason
from exporter.model import Agent, AgentState, PortState, Queue, Snapshot, Trunk, TrunkPort
from exporter.settings import Choice, Secret, TargetSettings, Text, Url
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.document import Notes, decode_json
from exporter.vendors.http import Answer, Http, seconds_until
from exporter.vendors.rows import Decoder, Feed, Table
from exporter.vendors.singles import each
from exporter.vendors.tokens import Token, TokenSource
from exporter.vendors.values import UnmappedError, number, percentage, text, words

M = TypeVar("M", bound=msgspec.Struct)

# Each is a request of its own, of which the gateway grants only so many a minute.
_MOST_SINGLES = 5
_NUMBER = re.compile(r"[0-9]{1,18}")
_SIGN_IN_REFUSED = frozenset({400, 401, 403})

AGENT_WORDS: Mapping[str, AgentState] = {
    "AVAIL": "available",
    "RINGING": "ringing",
    "ACD": "busy",
    "DACD": "busy",
    "OTHER": "busy",
    "ACW": "wrap_up",
    "DACW": "wrap_up",
    "AUX": "not_ready",
    "UNSTAFF": "logged_out",
    "UNKNOWN": "unknown",
}
PORT_WORDS: Mapping[str, PortState] = {
    "IDLE": "idle",
    "SEIZED": "seized",
    "QUEUED": "queued",
    "QUEUEDIN": "queued",
    "CONN": "connected",
    "RINGING": "ringing",
    "HOLD": "held",
    "MBUSY": "maintenance",
    "FBUSY": "maintenance",
    "DABN": "fault",
    "FDISC": "fault",
    "FAULT": "fault",
    "UNKNOWN": "unknown",
}

AGENTS = Table(
    "agents",
    Agent,
    (
        Feed("Logid", "id", text),
        Feed("Agent", "name", text),
        Feed("Dep", "group", text),
        Feed("Status", "state", words(AGENT_WORDS, "unknown")),
        Feed("Reason", "reason", text),
        Feed("Time", "state_seconds", number),
    ),
    needed=("state",),
)

# Where a queue has no number its name is its id.
_QUEUE_FEEDS = (
    Feed("Number", "id", text),
    Feed("Name", "id", text),
    Feed("Name", "name", text),
    Feed("InQueueCalls", "waiting_contacts", number),
    Feed("LongestWaitingCall", "oldest_wait_seconds", number),
    Feed("Staffed", "staffed_agents", number),
    Feed("Available", "agents.available", number),
    Feed("InACD", "agents.busy", number),
    Feed("InAUX", "agents.not_ready", number),
    Feed("InACW", "agents.wrap_up", number),
    Feed("OfferedCalls", "contacts_offered", number),
    Feed("AnsweredCalls", "contacts_answered", number),
    Feed("InServiceLevelCalls", "contacts_answered_in_service_level", number),
    Feed("TransferredCalls", "contacts_transferred", number),
    Feed("HoldCalls", "contacts_held", number),
    Feed("RONACalls", "contacts_redirected_on_no_answer", number),
    Feed("Flowout", "contacts_overflowed", number),
)
_TIMES = {
    "totals": (
        Feed("RingTime", "ring_seconds", number),
        Feed("Answertime", "answer_wait_seconds", number),
        Feed("ACDtime", "talk_seconds", number),
        Feed("Abandontime", "abandon_wait_seconds", number),
    ),
    "average": (
        Feed("Answertime", "average_wait_seconds", number),
        Feed("ACDtime", "average_talk_seconds", number),
        Feed("Abandontime", "average_abandon_wait_seconds", number),
    ),
}
_SERVICE_LEVEL = {
    "percentage": (Feed("ServiceLevel", "service_level_ratio", percentage),),
    "seconds": (Feed("ServiceLevel", "service_level_target_seconds", number),),
    "ignore": (),
}
_ALWAYS = {"channel": "phone"}

TRUNKS = Table(
    "trunks",
    Trunk,
    (
        Feed("Number", "id", text),
        Feed("Name", "id", text),
        Feed("Name", "name", text),
        Feed("TotalPorts", "capacity_ports", number),
        Feed("PortsInUse", "in_use_ports", number),
        Feed("PortsIdle", "idle_ports", number),
        Feed("Usage", "usage_ratio", percentage),
        Feed(
            "Ports",
            "ports",
            Table(
                "Ports",
                TrunkPort,
                (Feed("Number", "id", text), Feed("State", "state", words(PORT_WORDS, "unknown"))),
                needed=("state",),
            ),
        ),
    ),
)


class KpnSettings(TargetSettings):
    """A target at KPN Dashboard Server."""

    token_url: Url
    """The token endpoint."""

    client_id: Text
    """The application's consumer key."""

    client_secret: Secret
    """The application's consumer secret."""

    times: Literal["totals", "average"] = "totals"
    """What `Answertime`, `ACDtime` and the like are: seconds summed over the day, or means; the vendor does not say."""

    service_level: Literal["percentage", "seconds", "ignore"] = "percentage"
    """What `ServiceLevel` is: the share answered in time, or the seconds that are in time; `ignore` leaves it out."""


def queue_table(settings: KpnSettings) -> Table[Queue]:
    """Return the table of a queue, by what the site's times and service level mean."""
    return _queue_table(_TIMES[settings.times] + _SERVICE_LEVEL[settings.service_level])


def _queue_table(by_setting: tuple[Feed, ...]) -> Table[Queue]:
    return Table("queues", Queue, _QUEUE_FEEDS + by_setting, _ALWAYS)


_NOTHING = msgspec.Raw(b"null")


class _Envelope(msgspec.Struct):
    error: Any = msgspec.field(name="Error", default=None)
    data: msgspec.Raw = msgspec.field(name="DataSet", default=_NOTHING)


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: Any = None


class KpnClient:
    """One contact centre at KPN Dashboard Server."""

    def __init__(self, target: KpnSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._target = target
        self._http = http
        self._clock = clock
        self._tokens = TokenSource(self._sign_in, clock, pause=target.poll.interval)
        self._queues = Decoder(queue_table(target))
        self._agents = Decoder(AGENTS)
        self._trunks = Decoder(TRUNKS)

    @property
    def resources(self) -> Sequence[Resource]:
        """Queues, agents and trunks, each with one request a poll, or one for each of a few that are selected."""
        return Resource("queues", self.queues), Resource("agents", self.agents), Resource("trunks", self.trunks)

    async def queues(self) -> Snapshot:
        """Ask for all queues, or for the few that are selected by number. Raises PollError."""
        notes: Notes = []
        rows = await self._selected("queue", self._target.select.queues, self._queues, notes)
        return Snapshot(queues=rows, unmapped=tuple(notes))

    async def agents(self) -> Snapshot:
        """Ask for all agents. Raises PollError."""
        notes: Notes = []
        rows = await self._agents.read(await self._ask_for("/agents", "agents", notes), notes)
        return Snapshot(agents=rows, unmapped=tuple(notes))

    async def trunks(self) -> Snapshot:
        """Ask for all trunks with their ports, or for the few that are selected by number. Raises PollError."""
        notes: Notes = []
        rows = await self._selected("trunk", self._target.select.trunks, self._trunks, notes)
        return Snapshot(trunks=rows, unmapped=tuple(notes))

    async def close(self) -> None:
        """Do nothing: there is no session, and tokens expire by themselves."""

    async def _selected(self, kind: str, choice: Choice, decoder: Decoder[M], notes: Notes) -> tuple[M, ...]:
        """Return all rows of a kind, or only the few asked for where the operator named them by their numbers."""
        numbers = choice.ids(_NUMBER, _MOST_SINGLES)
        if numbers is None:
            return await decoder.read(await self._ask_for(f"/{kind}s", f"{kind}s", notes), notes)

        async def ask(number: str) -> bytes:
            return bytes(await self._ask_for(f"/{kind}/number/{number}", kind, notes))

        rows = await each(numbers, ask, f"{kind}s.Number", notes)
        return decoder.decode(msgspec.Raw(b"[" + b",".join(rows) + b"]"), notes)

    async def _ask_for(self, path: str, name: str, notes: Notes) -> msgspec.Raw:
        """Return what stands under a name in the answer's data set."""
        envelope = decode_json(await self._ask(path), _Envelope, name, notes)
        if envelope.error is not None:
            raise PollError(Reason.INVALID, f"GET {path} answered with an error: {str(envelope.error)[:200]}")
        data = bytes(envelope.data)
        rows = (
            None if data == b"null" else decode_json(data, dict[str, msgspec.Raw], f"{name}.DataSet", notes).get(name)
        )
        if rows is None:
            raise PollError(Reason.INVALID, f"GET {path} answered without DataSet.{name}")
        return rows

    async def _ask(self, path: str) -> bytes:
        answer = await self._tokens.authorize(lambda headers: self._http.get(f"{self._target.url}{path}", headers))
        try:
            return self._http.require_ok(answer, f"GET {path}")
        except PollError as error:
            if error.reason is Reason.THROTTLED and error.retry_after is None:
                error.retry_after = _quota_reset(answer, self._clock.time())
            raise

    async def _sign_in(self) -> Token:
        target = self._target
        form = {"client_id": target.client_id, "client_secret": target.client_secret.get_secret_value()}
        url = URL(target.token_url).update_query(grant_type="client_credentials")
        answer = await self._http.post(str(url), form)
        body = self._http.require_ok(answer, "sign-in", refused=_SIGN_IN_REFUSED)
        said = decode_json(body, _TokenAnswer, "token", [])
        return Token(said.access_token, _lifetime(said.expires_in))


def _lifetime(expires_in: object) -> float | None:
    try:
        return number(expires_in) or None
    except UnmappedError:
        return None


def _quota_reset(answer: Answer, now: float) -> float | None:
    """Return the seconds until the quota restarts; the gateway's date may be ISO 8601 or milliseconds of the epoch."""
    said = answer.headers.get("quota-reset-UTC", "").strip()
    if said.isascii() and said.isdigit():
        return seconds_until(float(said) / 1000, now)
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return seconds_until((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), now)


VENDOR = Vendor(
    name="kpn",
    settings=KpnSettings,
    connect=KpnClient,
    tables=(
        AGENTS,
        *(_queue_table(times + level) for times in _TIMES.values() for level in _SERVICE_LEVEL.values()),
        TRUNKS,
    ),
)
