"""The groups of settings that hold for every target unless it says otherwise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from exporter.settings.types import Address, FrozenModel, ListenAddress, Secret, Url, split_address
from exporter.settings.units import ByteSize, Duration, format_duration

MISSING: Final = "missing"
"""The message of a mistake that is a key not given; whoever tells it adds the ways to give it."""

_POLLS_UNTIL_STALE: Final = 3
_FEWEST_POLLS_UNTIL_STALE: Final = 2


def _level(value: object) -> object:
    """Return the one name a level goes by, in whatever way it is written."""
    return {"warning": "warn"}.get(value.lower(), value.lower()) if isinstance(value, str) else value


class Mistake(NamedTuple):
    """Something wrong between values that are each fine.

    Attributes:
        key: The key it is told at.
        message: What is wrong.
    """

    key: str
    message: str


class Section(FrozenModel):
    """A group of settings that a narrower place may override key by key."""

    def over(self, wider: Self) -> Self:
        """Return the wider place's values with those given here in their stead."""
        return wider.model_copy(update={key: getattr(self, key) for key in self.model_fields_set})

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong between the values."""
        yield from ()


class Poll(Section):
    """How often and how patiently a vendor is asked."""

    interval: Annotated[Duration, Field(gt=0)] = 15.0
    """From the start of one poll to the start of the next."""

    timeout: Annotated[Duration, Field(gt=0)] = 10.0
    """How long a poll may take; at most the interval."""

    stale_after: Annotated[Duration, Field(gt=0)] = 45.0
    """How long after the last good poll its figures are still shown; 3 x the interval unless given."""

    @model_validator(mode="after")
    def _fit_to_interval(self) -> Self:
        """Fit what was not given to the interval."""
        given = self.model_fields_set
        if "timeout" not in given:
            self.__dict__["timeout"] = min(self.timeout, self.interval)
        if "stale_after" not in given:
            self.__dict__["stale_after"] = _POLLS_UNTIL_STALE * self.interval
        return self

    def over(self, wider: Self) -> Self:
        """Return the wider place's values with those given here in their stead, the others fitted to the interval.

        An inherited timeout longer than the interval becomes the interval. An inherited stale_after shorter than two
        intervals would drop figures after one failed poll, so it becomes three, as if it were not set.
        """
        given = {key: getattr(self, key) for key in self.model_fields_set}
        inherited = {key: getattr(wider, key) for key in wider.model_fields_set}
        interval = given.get("interval", wider.interval)
        if "interval" in given:
            inherited["timeout"] = min(wider.timeout, interval)
            if inherited.get("stale_after", 0) < _FEWEST_POLLS_UNTIL_STALE * interval:
                inherited.pop("stale_after", None)
        return self.model_validate(inherited | given)

    def mistakes(self) -> Iterator[Mistake]:
        """Yield a timeout longer, or a stale_after shorter than the interval."""
        interval = format_duration(self.interval)
        if self.timeout > self.interval:
            yield Mistake("timeout", f"longer than the interval of {interval}")
        if self.stale_after < self.interval:
            yield Mistake("stale_after", f"shorter than the interval of {interval}")


class Agents(Section):
    """What is exported about individual agents, which is personal data."""

    detail: Literal["aggregate", "pseudonym", "id", "name"] = "aggregate"
    """aggregate: no series per agent; pseudonym: a keyed hash; id: the vendor's id; name: id and name."""

    pseudonym_key: Secret | None = None
    """The key of the hash (HMAC-SHA-256) that pseudonyms are made with."""

    def mistakes(self) -> Iterator[Mistake]:
        """Yield pseudonyms without a key."""
        if self.detail == "pseudonym" and self.pseudonym_key is None:
            yield Mistake("pseudonym_key", MISSING)


class Trunks(Section):
    """What is exported about trunks."""

    detail: Literal["aggregate", "ports"] = "aggregate"
    """aggregate: ports by state; ports: also a series for each port and state."""


class Limits(Section):
    """How much one target may cost."""

    series_per_target: Annotated[int, Field(gt=0)] = 200_000
    """How many series a target may have; what is over is dropped and counted."""

    body_bytes: Annotated[ByteSize, Field(gt=0)] = 64 * 2**20
    """How large a vendor's answer may be; a larger one fails the poll."""


class ConfigFile(Section):
    """The configuration file."""

    file: Path | None = None
    """The configuration file (YAML)."""

    auto_reload_interval: Annotated[Duration, Field(ge=0)] = 0.0
    """How often to look whether the configuration or a secret's file changed, and reload where it did; 0 for never."""


class WebConfig(Section):
    """The web configuration file."""

    file: Path | None = None
    """TLS and authentication of the HTTP server (YAML, exporter-toolkit's format)."""


class Web(Section):
    """The HTTP server."""

    listen_address: ListenAddress = ":10117"
    """Where to serve."""

    config: WebConfig = WebConfig()
    """TLS and authentication."""

    enable_lifecycle: bool = False
    """Let POST /-/reload read the configuration again."""

    max_requests: Annotated[int, Field(ge=0)] = 40
    """How many scrapes are answered at once; more get 503; 0 is no limit."""

    dashboards_url: Url | None = None
    """Where Grafana shows the boards; the status page then links them."""

    @property
    def address(self) -> Address:
        """The host, None for all interfaces, and the port to listen on."""
        return split_address(self.listen_address)


class Log(Section):
    """What is logged and how."""

    level: Annotated[Literal["debug", "info", "warn", "error"], BeforeValidator(_level)] = "info"
    """The least severe messages to log."""

    format: Literal["logfmt", "json"] = "logfmt"
    """How a message is written."""
