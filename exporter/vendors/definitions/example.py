"""The keys of an example: recorded responses and the exposition that they become."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from exporter.settings import FrozenModel, Text


class RecordedAnswer(FrozenModel):
    """A request and the vendor's response."""

    request: Text
    """Method and path with query, or the whole address of a request to the token endpoint."""

    form: dict[str, str] | None = None
    """Form fields that the request must have."""

    json_body: Annotated[Any, Field(alias="json")] = None
    """JSON body that the request must have."""

    status: Annotated[int, Field(ge=100, le=599)] = 200
    """Status of the response."""

    headers: dict[Text, str] = Field(default_factory=dict)
    """Headers of the response."""

    body: Any = None
    """Body of the response, a JSON document; a text is sent as it is."""


class Example(FrozenModel):
    """One poll of every resource."""

    name: Text
    """Name of the example."""

    settings: dict[str, Any] = Field(default_factory=dict)
    """Keys of the target."""

    time: AwareDatetime = datetime(2026, 1, 1, 12, tzinfo=UTC)
    """The time."""

    answers: tuple[RecordedAnswer, ...] = ()
    """Responses in any order; those of the same request are returned in turn."""

    metrics: str = ""
    """The expected series."""
