"""The settings of a target at KPN Dashboard Server."""

from typing import Literal

from exporter.settings import Secret, TargetSettings, Text, Url


class KpnSettings(TargetSettings):
    """A target at KPN Dashboard Server."""

    token_url: Url
    """The token endpoint."""

    client_id: Text
    """The application's consumer key."""

    client_secret: Secret
    """The application's consumer secret."""

    times: Literal["totals", "average"] = "totals"
    """Whether `Answertime`, `ACDtime` and similar fields are sums over the day or means; undocumented by the vendor."""

    agents_by_skill: bool = False
    """Count agents by `Skill` and `Direction` too."""

    service_level: Literal["percentage", "seconds", "ignore"] = "percentage"
    """Whether `ServiceLevel` is the share answered in time or the threshold in seconds; `ignore` leaves it out."""
