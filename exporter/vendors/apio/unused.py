"""Published fields of APIO that are not mapped, and why."""

from exporter.vendors.base import Unused

UNUSED = (
    Unused(
        "agentThresholdProfileName useDefaultGuardTimer enableGuardTimer guardTimerSeconds "
        "useSystemDefaultUnavailableSettings forceAgentUnavailableOnDNDActivation "
        "forceAgentUnavailableOnPersonalCalls forceAgentUnavailableOnBouncedCallLimit "
        "numberConsecutiveBouncedCallsToForceAgentUnavailable forceAgentUnavailableOnNotReachable "
        "makeOutgoingCallsAsCallCenter outgoingCallDNIS priority type logOffAllowed",
        "configuration",
    ),
    Unused(
        "phoneNumber extension emailAddress impId locationCode",
        "personal data",
    ),
)
