"""What the items of Asterisk's lists become before they are combined to queues, agents and trunks."""

import msgspec

from exporter.model import AgentState


class Member(msgspec.Struct, frozen=True, gc=False):
    """One agent's membership of one queue.

    Attributes:
        id: Empty: a membership is identified by its queue and agent.
        queue: The id of the queue.
        agent: The device whose state is the member's, the same in every queue.
        interface: The device that is called.
        name: The display name; personal data.
        state: The state by the device alone.
        in_call: 1 during a contact of this queue.
        paused: 1 if paused in this queue.
        reason: Why it is paused, "" if that is not recorded.
        paused_at: When it was last paused, in seconds since the epoch; 0 for never.
        last_contact_at: When its last contact of this queue ended, in seconds since the epoch; 0 for never.
        wrap_up_seconds: Its own wrap-up time, 0 if that of the queue applies, which is not published.
        contacts_taken: Contacts taken since the totals restarted or the member was added.
    """

    id: str = ""
    queue: str = ""
    agent: str = ""
    interface: str = ""
    name: str = ""
    state: AgentState = "unknown"
    in_call: float = 0
    paused: float = 0
    reason: str = ""
    paused_at: float = 0
    last_contact_at: float = 0
    wrap_up_seconds: float = 0
    contacts_taken: float | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A contact that waits in a queue.

    Attributes:
        id: Empty: a contact is not identified.
        queue: The id of the queue.
        wait_seconds: How long it has waited; None for one that has just arrived.
    """

    id: str = ""
    queue: str = ""
    wait_seconds: float | None = None


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """A PJSIP endpoint: a trunk or a telephone.

    Attributes:
        id: Its name.
        active_channels: Calls in progress.
    """

    id: str
    active_channels: float = 0


class Registration(msgspec.Struct, frozen=True, gc=False):
    """An outbound registration at a provider.

    Attributes:
        id: Its name.
        endpoint: The name of the endpoint it belongs to, "" if it names none.
        registered: 1 if the provider has accepted it, 0 if not; None if that is unknown.
    """

    id: str
    endpoint: str = ""
    registered: float | None = None
