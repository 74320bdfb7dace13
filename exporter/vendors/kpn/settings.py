"""What an operator configures for a target at KPN Dashboard Server."""

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
    """What `Answertime`, `ACDtime` and the like are: seconds summed over the day, or means; the vendor does not say."""

    service_level: Literal["percentage", "seconds", "ignore"] = "percentage"
    """What `ServiceLevel` is: the share answered in time, or the seconds that are in time; `ignore` leaves it out."""
