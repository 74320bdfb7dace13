"""The keys of a definition: its settings, requests and resources. `forms.py` has those of fields."""

import re
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from exporter.model import FigureMeanings
from exporter.settings import BaseUrl, FrozenModel, Text, Url
from exporter.settings.types import TimeOfDay
from exporter.settings.units import Duration
from exporter.vendors.definitions.example import Example
from exporter.vendors.definitions.paths import parse_path
from exporter.vendors.definitions.sign_in import Login

_VENDOR: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_PAGES: Final = 10_000
"""The largest number of pages that a definition may allow."""


def _vendor(name: str) -> str:
    if not _VENDOR.fullmatch(name):
        raise ValueError("use lower-case letters, digits and hyphens")
    return name


def _path(text: str) -> str:
    parse_path(text)
    return text


def _request_path(text: str) -> str:
    if not text.startswith("/") or text.startswith("//") or any(c in text for c in "?#\\") or not text.isprintable():
        raise ValueError("must begin with a single / and contain no query (use the key query) or fragment")
    if any(part in {".", ".."} for part in text.split("/")):
        raise ValueError("must not contain the segments . or ..")
    return text


def _setting(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


def _login(value: object) -> object:
    return {} if value == "none" else value


PathText = Annotated[str, AfterValidator(_path)]
"""A dotted path."""

RequestPath = Annotated[str, AfterValidator(_request_path)]
"""A path below the target's URL."""

JsonBody = Any
"""A JSON document with substitutions in its texts."""


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


class Paging(FrozenModel):
    """How a response in several pages is requested; exactly one of next, link, token, page and offset."""

    next: PathText | None = None
    """Path of the address of the next page."""

    link: bool = False
    """Whether the address of the next page is in the `Link` header."""

    token: PathText | None = None
    """Path of the token of the next page."""

    send: PathText | None = None
    """Parameter in which the token is sent."""

    page: PathText | None = None
    """Parameter with the number of the page."""

    first: Annotated[int, Field(ge=0)] = 1
    """Number of the first page."""

    offset: PathText | None = None
    """Parameter with the number of records to skip."""

    size: PathText | None = None
    """Parameter with the number of records of a page."""

    per_page: Annotated[int, Field(ge=1)] | None = None
    """Records of a page."""

    pages: PathText | None = None
    """Path of the number of pages."""

    total: PathText | None = None
    """Path of the number of records."""

    location: Annotated[Literal["query", "json"], Field(alias="in")] = "query"
    """Whether the parameters are in the query or in the JSON body."""

    most: Annotated[int, Field(ge=1, le=MOST_PAGES)] = 100
    """Largest number of pages; reaching it fails the poll."""


class ForEach(FrozenModel):
    """Requests for each of several ids; exactly one of list and setting."""

    list: Text | None = None
    """Name of the list with the ids."""

    setting: Text | None = None
    """Name of the setting with the ids."""

    batch: Annotated[int, Field(ge=1, le=1000)] = 1
    """Ids of one request."""


class Pivot(FrozenModel):
    """A list of objects that becomes an object, keyed by names that the objects contain."""

    list: PathText
    """Path of the list."""

    key: PathText | tuple[PathText, ...]
    """Path of the name in each object; with several, the result is nested."""


class Request(FrozenModel):
    """A request and the records of its response."""

    get: RequestPath | None = None
    """Path of a GET request."""

    post: RequestPath | None = None
    """Path of a POST request."""

    query: dict[Text, str | tuple[str, ...]] = Field(default_factory=dict)
    """Query parameters."""

    form: dict[Text, str] | None = None
    """Form fields of the body."""

    json_body: Annotated[JsonBody, Field(alias="json")] = None
    """JSON body."""

    headers: dict[Text, str] = Field(default_factory=dict)
    """Headers of this request."""

    records: PathText | None = None
    """Path of the records; the response itself if unset."""

    optional: bool = False
    """Whether a response without the path has no records."""

    jmespath: Text | None = None
    """JMESPath expression that selects the records, in place of `records`."""

    group_by: PathText | None = None
    """Path by whose value records are grouped into one."""

    paging: Paging | None = None
    """How a response in several pages is requested."""

    for_each: ForEach | None = None
    """Ids that the request is repeated for."""

    every: Annotated[Duration, Field(ge=0)] = 0.0
    """Interval of its own, if longer than the configured one."""

    @property
    def path(self) -> str:
        """The path of the request."""
        return self.get or self.post or "/"

    @property
    def method(self) -> Literal["GET", "POST"]:
        """The method of the request."""
        return "POST" if self.get is None else "GET"


class ListRequest(Request):
    """Answers that are kept for other requests."""

    id: PathText
    """Path of the id of a record."""

    keep: dict[Text, PathText] = Field(default_factory=dict)
    """Values that are joined to other records, by name."""


class ResourceRequest(Request):
    """A resource: one request and the rows that its records become."""

    floor: Annotated[Duration, Field(ge=0)] = 0.0
    """The vendor's minimum interval."""

    paced: bool = False
    """Whether its requests are spread over the interval."""

    period: Literal["day"] | None = None
    """Reporting period of its totals if the request does not contain it."""

    pivots: dict[Text, Pivot] = Field(default_factory=dict)
    """Objects made of lists of each record, by name."""

    queue: dict[str, Any] | None = None
    """Fields of a queue."""

    agent: dict[str, Any] | None = None
    """Fields of an agent."""

    trunk: dict[str, Any] | None = None
    """Fields of a trunk."""

    number: dict[str, Any] | None = None
    """Fields of a number."""


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

    headers: dict[Text, str] = Field(default_factory=dict)
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
