"""What an operator configures for a target at Bright Pattern."""

from typing import Annotated, Literal

from pydantic import Field

from exporter.settings import Secret, TargetSettings, Text

# Each is a request a poll.
_MOST_SERVICES = 50

Percentages = Literal["0-100", "0-1"]
Durations = Literal["seconds", "milliseconds"]


class BrightPatternSettings(TargetSettings):
    """A target at Bright Pattern."""

    tenant_url: Text
    """The tenant as its users know it, such as `example.brightpattern.com`."""

    username: Text
    """A user that nobody else signs in as: each sign-in ends the session before it."""

    password: Secret
    """That user's password; with `auth: oauth` the user's API secret."""

    auth: Literal["session", "oauth"] = "session"
    """How to sign in; versions from 5.36 on want `oauth`."""

    percentages: Percentages = "0-100"
    """The scale of the vendor's percentages, which the vendor does not publish."""

    durations: Durations = "seconds"
    """The unit of the vendor's durations, which the vendor does not publish."""

    omit: frozenset[Text] = frozenset()
    """Statistics not to subscribe to, for a version that does not know them and refuses the rest with them."""

    totals_queue: Text | None = None
    """The name of a queue that shows what the vendor says of all services together; not shown unless given."""

    services: Annotated[tuple[Text, ...], Field(max_length=_MOST_SERVICES)] = ()
    """Services to ask besides, without signing in, whether anybody is available for them."""
