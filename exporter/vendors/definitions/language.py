"""The keys of a definition. `request_keys.py` has those of requests, `forms.py` those of fields."""

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from exporter.model import FigureMeanings
from exporter.settings import BaseUrl, FrozenModel, Text, Url
from exporter.settings.types import TimeOfDay
from exporter.settings.units import Duration
from exporter.vendors.definitions.example import Example
from exporter.vendors.definitions.key_types import HeaderName, PathText
from exporter.vendors.definitions.request_keys import ListRequest, ResourceRequest
from exporter.vendors.definitions.sign_in import Login

_VENDOR: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _vendor(name: str) -> str:
    if not _VENDOR.fullmatch(name):
        raise ValueError("use lower-case letters, digits and hyphens")
    return name


def _setting(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


def _login(value: object) -> object:
    return {} if value == "none" else value


class Documentation(FrozenModel):
    """The vendor's documentation that a definition was made from."""

    url: Url
    """Address of the page."""

    date: date
    """The day on which it was read."""


class Setting(FrozenModel):
    """A key of a target."""

    type: Literal["text", "secret", "choice", "number", "boolean", "url", "zone", "list"]
    """Type of its value."""

    description: str = ""
    """One sentence for the configuration reference."""

    default: str | bool | None = None
    """Value if it is not set; a key without it is required."""

    optional: bool = False
    """Whether it may be left out without a default."""

    choices: tuple[Text, ...] = ()
    """Values of a `choice`."""

    min: float | None = None
    """Smallest value of a `number`."""

    max: float | None = None
    """Largest value of a `number`."""


class Quota(FrozenModel):
    """Response headers that report a quota of requests."""

    limit: Text
    """Header with the requests of a period."""

    used: Text
    """Header with the requests made in it."""

    reset: Text
    """Header with its end, an ISO 8601 date or milliseconds since the epoch."""


class Limits(FrozenModel):
    """The vendor's limits."""

    per_second: Annotated[float, Field(gt=0)] | None = None
    """Requests a second of one account."""

    per_minute: Annotated[float, Field(gt=0)] | None = None
    """Requests a minute of one account."""

    at_once: Annotated[int, Field(ge=1, le=8)] | None = None
    """Concurrent requests of one poll."""

    floor: Annotated[Duration, Field(ge=0)] = 0.0
    """Minimum interval of every resource."""

    quota: Quota | None = None
    """Response headers that report a quota; requests are spread as it runs out."""


class SettingReference(FrozenModel):
    """The value of a setting."""

    setting: Text
    """Name of the setting."""


class Day(FrozenModel):
    """The reporting day of the vendor's totals."""

    zone: SettingReference | Text | None = None
    """Time zone; defaults to the target's `timezone`, or UTC."""

    starts: TimeOfDay | None = None
    """Time of day at which it starts; defaults to the target's `day_starts`, or 00:00."""


class Meanings(FrozenModel):
    """What figures mean where vendors differ."""

    available: Literal["free", "signed_in"] = "free"
    """Whether an available agent handles no contact, or is signed in."""

    abandoned: Literal["all", "without_short"] = "all"
    """Whether abandoned contacts include short abandons."""

    def figures(self) -> FigureMeanings:
        """Return them as the model's type."""
        return FigureMeanings(available=self.available, abandoned=self.abandoned)


class UnusedFields(FrozenModel):
    """Published fields that are not used."""

    fields: Text
    """Names of the fields, separated by blanks."""

    reason: Text
    """Why they are not used."""

    families: tuple[Text, ...] = ()
    """Families that they might seem to feed, without the common prefix."""


class Definition(FrozenModel):
    """A vendor."""

    vendor: Annotated[str, AfterValidator(_vendor)]
    """Name of the vendor."""

    title: Text
    """Name of the product."""

    documentation: Documentation
    """The vendor's documentation."""

    notes: tuple[Text, ...] = ()
    """Sentences for operators: rights that are needed and what is not known."""

    url: BaseUrl | None = None
    """Default of the target's `url`."""

    settings: dict[str, Annotated[Setting, BeforeValidator(_setting)]] = Field(default_factory=dict)
    """Keys of a target."""

    login: Annotated[Login, BeforeValidator(_login)] = Login()
    """How a target signs in."""

    headers: dict[HeaderName, str] = Field(default_factory=dict)
    """Headers of every request but the sign-in."""

    limits: Limits = Limits()
    """The vendor's limits."""

    day: Day = Day()
    """The reporting day."""

    error: PathText | None = None
    """Path of a value that every response to a failed request contains."""

    meanings: Meanings = Meanings()
    """What figures mean where vendors differ."""

    lists: dict[Text, ListRequest] = Field(default_factory=dict)
    """Answers that are kept for other requests, by name."""

    resources: Annotated[dict[Text, ResourceRequest], Field(min_length=1)]
    """Resources by name."""

    unused: tuple[UnusedFields, ...] = ()
    """Published fields that are not used."""

    examples: Annotated[tuple[Example, ...], Field(min_length=1)]
    """Recorded responses and the exposition that they become."""
