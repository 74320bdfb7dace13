"""The settings of a target at Sinch Contact Center."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from exporter.settings import Contacts, HeaderSecret, Secret, TargetSettings, Text, Zone

_LARGEST_PAGE = 10_000

ActiveContacts = Literal["agents", "user_statuses"]


class SinchSettings(TargetSettings):
    """A target at Sinch Contact Center; its `url` is that of the RMI, such as `https://cc.example/RI/rmi`."""

    auth: Literal["basic", "ecfauth", "none"] = "basic"
    """The sign-in method: HTTP basic, an ECF session, or none, such as with a client certificate in `tls_config`."""

    username: Text | None = None
    """The user name."""

    password: Secret | None = None
    """The user's password."""

    api_key: HeaderSecret | None = None
    """The additional key required by the cloud gateway, sent in `x-api-key`."""

    timezone: Zone = "UTC"
    """The time zone whose midnight starts the running totals."""

    page_size: Annotated[int, Field(ge=1, le=_LARGEST_PAGE)] = 2500
    """The most rows per request, four times as many for contact summaries, whose rows are short; the vendor's default
    is 100, and an installation may deliver fewer."""

    language: Annotated[str, Field(pattern="^[A-Za-z]{2}$", max_length=2)] | None = None
    """The language of translatable values as two letters (ISO 639), such as `EN`; the user's own unless set."""

    active_contacts: ActiveContacts = "agents"
    """The source of an agent's active contacts: `agents`, or one more request per poll for `user_statuses`, which also
    lists agents who are logged out; sent only if `agents.detail` exports single agents."""

    free_includes_wrap_up: bool = False
    """Whether a queue's `agentsFree` includes agents in wrap-up, who are then subtracted; undocumented by the
    vendor."""

    ready_includes_handling: bool = False
    """Whether an agent's `readyTime` includes handling and wrap-up, which are then subtracted; undocumented by the
    vendor."""

    contacts: Contacts = Contacts()
    """Observation of single contacts."""

    @model_validator(mode="after")
    def _require_credentials(self) -> Self:
        """Require the credentials of the sign-in method."""
        if self.auth != "none" and (self.username is None or self.password is None):
            raise ValueError(f"auth: {self.auth} requires username and password")
        if self.auth != "none" and ":" in (self.username or ""):
            raise ValueError(f"auth: {self.auth} does not allow a colon in username")
        return self
