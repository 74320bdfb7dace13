"""The keys of a definition that describe requests: of lists and of resources."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from exporter.settings import FrozenModel, Text
from exporter.settings.units import Duration
from exporter.vendors.definitions.key_types import HeaderName, JsonBody, ListPath, PathText, RequestPath

MOST_PAGES: Final = 10_000
"""The largest number of pages that a definition may allow."""


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


class Only(FrozenModel):
    """A restriction to records whose id a list contains."""

    list: Text
    """Name of the list."""

    id: PathText
    """Path of the id in a record."""


class Pivot(FrozenModel):
    """A list of objects that becomes an object, keyed by names that the objects contain."""

    list: ListPath
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

    headers: dict[HeaderName, str] = Field(default_factory=dict)
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

    when: dict[Text, Text | tuple[Text, ...]] = Field(default_factory=dict)
    """Values that settings have if the resource is polled."""

    only: Only | None = None
    """List that contains the ids of the records that are used."""

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
