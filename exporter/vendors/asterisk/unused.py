"""Published headers of Asterisk that are not mapped, and why."""

from exporter.vendors.base import Unused

UNUSED = (
    Unused(
        "Max Strategy Weight Membership Penalty Priority Transport Aor Auths OutboundAuth OutboundAuths ServerUri "
        "Expiration MaxRetries RetryInterval ForbiddenRetryInterval FatalRetryInterval AuthRejectionPermanent "
        "OutboundProxy Line SupportPath SupportOutbound MaxRandomInitialDelay ContactHeaderParams SecurityMechanisms "
        "SecurityNegotiation ContactAddSecurityHeader ObjectType UserAgent",
        "configuration",
    ),
    Unused(
        "TalkTime",
        "a moving average that gives each call a weight of a quarter; not the mean of the reporting period",
        ("queue_average_talk_seconds",),
    ),
    Unused(
        "Channel Uniqueid CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName ClientUri ContactUser Contacts",
        "personal data, or names that contain them",
    ),
    Unused(
        "LoginTime",
        "when the member was added to the queue; not the time in a state",
    ),
    Unused(
        "Position",
        "the position of a contact, which the count of waiting contacts covers",
    ),
    Unused(
        "DeviceState",
        "of a trunk: in use as soon as one call is in progress, which the count of channels covers",
    ),
    Unused(
        "CoreReloadDate CoreReloadTime",
        "a reload keeps the totals",
    ),
    Unused(
        "CoreCurrentCalls CoreProcessedCalls",
        "channels of the whole telephone system, with both legs of a call and internal calls",
    ),
    Unused(
        "NextReg Registered NotRegistered",
        "the time of the next registration, and counts of the trunks that are exported one by one",
    ),
    Unused(
        "LoggedIn Available Callers HoldTime LongestHoldTime",
        "of *QueueSummary, which is not requested: *QueueStatus contains the same figures of one moment",
    ),
)
