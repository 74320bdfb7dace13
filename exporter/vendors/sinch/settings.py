"""What an operator configures for a target at Sinch Contact Center."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from exporter.settings import Secret, TargetSettings, Text
from exporter.vendors.toolkit.timezones import Zone

_LARGEST_PAGE = 10_000

ActiveContacts = Literal["agents", "user_statuses"]


class SinchSettings(TargetSettings):
    """A target at Sinch Contact Center; its `url` is the interface's, such as `https://cc.example/RI/rmi`."""

    auth: Literal["basic", "ecfauth", "none"] = "basic"
    """How it signs in: HTTP basic, a session by ECF, or not at all, as with a client certificate in `tls_config`."""

    username: Text | None = None
    """The user."""

    password: Secret | None = None
    """The user's password."""

    api_key: Secret | None = None
    """The key that the cloud gateway wants besides, in `x-api-key`."""

    timezone: Zone = "UTC"
    """Where the day begins from which running totals count."""

    page_size: Annotated[int, Field(ge=1, le=_LARGEST_PAGE)] = 500
    """How many rows to ask for in one request; the vendor's own default is 100."""

    active_contacts: ActiveContacts = "agents"
    """What tells an agent's active contacts: `agents`, or one more request a poll for `user_statuses`, which tells them
    of agents who are logged out too; asked only where `agents.detail` shows single agents."""

    free_includes_wrap_up: bool = False
    """Whether a queue's `agentsFree` counts those in wrap-up too, which are then taken off; the vendor does not say."""

    ready_includes_handling: bool = False
    """Whether an agent's `readyTime` runs on while contacts are handled and wrapped up; the vendor does not say."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Require what the way of signing in needs."""
        if self.auth != "none" and (self.username is None or self.password is None):
            raise ValueError(f"auth: {self.auth} needs username and password")
        return self
