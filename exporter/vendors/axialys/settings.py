"""Settings of a target at Axialys."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from exporter.settings import HeaderSecret, Secret, TargetSettings, Text, Zone
from exporter.settings.types import FrozenModel
from exporter.settings.units import Duration


def _path(text: str) -> str:
    if not text.startswith("/") or not text.isprintable() or any(character in text for character in " ?#"):
        raise ValueError("not a path: must begin with / and contain no spaces, ? or #")
    return text


def _by_id(value: object) -> object:
    """Return a mapping with its keys as text: YAML parses an id of digits as a number."""
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else value


VendorPath = Annotated[str, AfterValidator(_path)]
Number = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
Seconds = Annotated[int, Field(ge=0)]


class StatusHistory(FrozenModel):
    """Observation of the operators' status history; responses contain data of single calls, which is not kept."""

    enabled: bool = False
    """Whether to request the history and export the totals of single operators; requires `agents.detail`."""

    interval: Annotated[Duration, Field(ge=30)] = 300.0
    """Time between two requests for the history, if it is longer than that of the target."""


class AxialysSettings(TargetSettings):
    """A target at Axialys Voice Management."""

    polled_in_rounds: ClassVar[bool] = True

    auth: Literal["basic", "query", "apikey"] = "basic"
    """Authentication: HTTP basic, `?user=&password=` in every address, or an `Authorization: APIKey` header."""

    username: Text | None = None
    """User to sign in as; not used with `auth: apikey`."""

    password: Secret | None = None
    """Password of that user."""

    api_key: HeaderSecret | None = None
    """API key for `auth: apikey`."""

    timezone: Zone = "Europe/Paris"
    """Time zone of dates without an offset."""

    group_stats_path: VendorPath = "/vm/group_stats/<id>"
    """Path of a group's supervision; without `<id>` in it the group is sent as `?group_id=`."""

    received_groups_path: VendorPath | None = None
    """Path of the calls received by agent groups (4.2), not published by the vendor; not requested if unset."""

    received_numbers_path: VendorPath | None = None
    """Path of the calls received by number (4.1), not published by the vendor; not requested if unset."""

    numbers: Annotated[Mapping[Text, tuple[Number, ...]], BeforeValidator(_by_id)] = Field(default_factory=dict)
    """Numbers to request at `received_numbers_path`, by name; exported under this name."""

    total_duration: Literal["ignore", "talk", "handle"] = "ignore"
    """Whether `total_duration` of a group (4.2) is the time of talking or of handling; undocumented by the vendor."""

    short_abandon_seconds: Seconds = 5
    """Calls abandoned within this wait count as short; sent with every request for a group's supervision."""

    answer_seconds: Seconds = 45
    """Calls answered within this wait meet the service level; sent with every request for a group's supervision."""

    answer_seconds_by_group: Annotated[Mapping[Text, Seconds], BeforeValidator(_by_id)] = Field(default_factory=dict)
    """Overrides `answer_seconds` for single groups, by group id."""

    contacts: StatusHistory = StatusHistory()
    """Observation of the operators' status history."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        """Require the credentials of the configured authentication, and what optional resources need."""
        if self.auth == "apikey":
            if self.api_key is None:
                raise ValueError("auth: apikey requires api_key")
        elif self.username is None or self.password is None:
            raise ValueError(f"auth: {self.auth} requires username and password")
        elif self.auth == "basic" and ":" in self.username:
            raise ValueError("auth: basic does not allow a colon in username")
        if self.contacts.enabled and self.agents.detail == "aggregate":
            raise ValueError("contacts.enabled requires agents.detail: the history is of single operators")
        if self.received_numbers_path is not None and not self.numbers:
            raise ValueError("received_numbers_path requires numbers")
        return self
