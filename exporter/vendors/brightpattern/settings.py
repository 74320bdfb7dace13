"""Settings of a target at Bright Pattern."""

from typing import Annotated, Literal

from pydantic import Field

from exporter.settings import Secret, TargetSettings, Text

# Each takes a request per poll.
_MAX_SERVICES = 50

MAX_DISPOSITIONS = 50
"""Each is a column of the subscription, and a series for each team."""

Percentages = Literal["0-100", "0-1"]
Durations = Literal["seconds", "milliseconds"]


class BrightPatternSettings(TargetSettings):
    """A target at Bright Pattern."""

    tenant_url: Text
    """Tenant URL as its users know it, such as `example.brightpattern.com`."""

    username: Text
    """User to sign in as; use it for this exporter only, because each sign-in ends the user's previous session."""

    password: Secret
    """Password of that user; with `auth: oauth` the user's API secret."""

    auth: Literal["session", "oauth"] = "session"
    """Authentication; versions from 5.36 on require `oauth`."""

    percentages: Percentages = "0-100"
    """Scale of the vendor's percentages, which the vendor does not document."""

    durations: Durations = "seconds"
    """Unit of the vendor's durations, which the vendor does not document."""

    omit: frozenset[Text] = frozenset()
    """Statistics not to subscribe to, for a version that lacks them and therefore refuses the subscription."""

    totals_queue: Text | None = None
    """Name of a queue for the totals of all services; not exported if unset."""

    services: Annotated[tuple[Text, ...], Field(max_length=_MAX_SERVICES)] = ()
    """Services whose availability of agents is requested in addition, without signing in."""

    dispositions: bool | Annotated[tuple[Text, ...], Field(min_length=1, max_length=MAX_DISPOSITIONS)] = False
    """Dispositions to count by team: `true` for those of all supervised services, at most 50, or a list of names."""
