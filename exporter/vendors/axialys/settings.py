"""What an operator configures for a target at Axialys."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from exporter.settings import Secret, TargetSettings, Text
from exporter.vendors.toolkit.timezones import Zone

_SENDABLE = re.compile(r"[!-~]+")


def _path(text: str) -> str:
    if not text.startswith("/") or not text.isprintable() or any(character in text for character in " ?#"):
        raise ValueError("not a path: it begins with / and holds no space, ? or #")
    return text


def _by_id(value: object) -> object:
    """Return a mapping with its keys as text: an id of digits alone is a number in YAML."""
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else value


VendorPath = Annotated[str, AfterValidator(_path)]
Number = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
Seconds = Annotated[int, Field(ge=0)]


class AxialysSettings(TargetSettings):
    """A target at Axialys Voice Management."""

    auth: Literal["basic", "query", "apikey"] = "basic"
    """How it signs in: HTTP basic, `?user=&password=` in every address, or an `Authorization: APIKey` header."""

    username: Text | None = None
    """The user; with `auth: apikey` there is none."""

    password: Secret | None = None
    """The user's password."""

    api_key: Secret | None = None
    """The key for `auth: apikey`."""

    timezone: Zone = "Europe/Paris"
    """Where dates belong that come without an offset."""

    group_stats_path: VendorPath = "/vm/group_stats/<id>"
    """The path of a group's supervision; without `<id>` in it the group is asked for as `?group_id=`."""

    received_groups_path: VendorPath | None = None
    """The path of the calls received by agent groups (4.2), which the vendor does not publish; unset is not asked."""

    received_numbers_path: VendorPath | None = None
    """The path of the calls received by number (4.1), which the vendor does not publish; unset is not asked."""

    numbers: Annotated[Mapping[Text, tuple[Number, ...]], BeforeValidator(_by_id)] = Field(default_factory=dict)
    """Names for the numbers asked for at `received_numbers_path`, each a queue of its own beside the groups'."""

    short_abandon_seconds: Seconds = 5
    """Calls lost within this wait count as short; sent with every request for a group's supervision."""

    answer_seconds: Seconds = 45
    """Calls answered within this wait count as in time; sent with every request for a group's supervision."""

    answer_seconds_by_group: Annotated[Mapping[Text, Seconds], BeforeValidator(_by_id)] = Field(default_factory=dict)
    """What counts as in time in single groups, by the group's id."""

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        # The page signs in by the query; a URL so configured would show the password wherever URLs are shown.
        if "?" in url:
            raise ValueError("must not hold a query (?…); for credentials in it use auth: query")
        return url

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Require what the way of signing in needs, and a name for the numbers to be asked for."""
        if self.auth == "apikey":
            if self.api_key is None:
                raise ValueError("auth: apikey needs api_key")
            if not _SENDABLE.fullmatch(self.api_key.get_secret_value()):
                raise ValueError("api_key holds what no header can carry")
        elif self.username is None or self.password is None:
            raise ValueError(f"auth: {self.auth} needs username and password")
        elif self.auth == "basic" and ":" in self.username:
            raise ValueError("auth: basic allows no colon in username")
        if self.received_numbers_path is not None and not self.numbers:
            raise ValueError("received_numbers_path needs numbers")
        return self
