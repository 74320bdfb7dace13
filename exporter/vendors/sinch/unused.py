"""Published fields of Sinch that are not mapped, and why."""

from exporter.vendors.base import Unused

UNUSED = (
    Unused(
        "applicationId applicationName contactGroupId wrapUpScriptingDuration wrapUpRestingDuration serviceClosed "
        "record falseAttemptTimeThreshold pendingTime outboundCampaignId outboundCampaignName previewTime pickTime "
        "time event value1 value2 reportingGroupId reportingGroupid",
        "fields of single contacts that no family needs",
    ),
    Unused(
        "destination subject agentId agentid agentName",
        "personal data of single contacts",
    ),
    Unused(
        "totalDuration",
        "the page contradicts itself about wrap-up; the durations that it adds up are exported instead",
    ),
    Unused(
        "origQueueName",
        "names of queues come from the list of queues",
    ),
    Unused(
        "number mobileNumber externalNumber location manageable manageablePresence chatName chat email uiLanguage",
        "personal data and configuration of agents",
    ),
    Unused(
        "userReadyStatus readyState profileId profileDuration profileType availability reason",
        "userStatus, profile and contactHandlingStatus state the same",
    ),
    Unused(
        "dailyPauseDuration dailyWorkDuration",
        "readyTime, notReadyTime and pauseTime are exported instead",
    ),
    Unused(
        "activeContactDuration",
        "an agent may have several contacts",
    ),
    Unused(
        "handledContactsTotalIn handledContactsTotalOut handledContactsTotal",
        "sums of fields that are exported",
    ),
    Unused(
        "priority wrapUpDuration canChangeQueueLogin value",
        "configuration",
    ),
    Unused(
        "queues queue serving externalServing",
        "one request per agent, for counts that queueStatuses provides",
    ),
    Unused(
        "inQueue waitingDurationMax",
        "by queue of origin; inQueueCurrent and waitingDurationCurrentMax describe the queue now",
    ),
    Unused(
        "changeTimeStamp hourTime",
        "no families of the queue: they determine the day of its totals and `contactcenter_vendor_data_age_seconds`",
    ),
    Unused(
        "inHandleTimeMax outHandleTimeMax",
        "the longest handling time has no family",
    ),
    Unused(
        "inFalseAttemptQueueTimeTotal",
        "the wait of short abandons, which do not count against the queue",
    ),
)
