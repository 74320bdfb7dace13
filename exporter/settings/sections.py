"""Sections of settings: process-wide ones, and defaults that a target may override."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from exporter.settings.types import Address, FrozenModel, ListenAddress, Secret, Text, Url, split_address
from exporter.settings.units import ByteSize, Duration, format_duration

MISSING: Final = "missing"
"""The message for a missing key; validation appends the ways to set it."""

_STALE_AFTER_INTERVALS: Final = 3
MIN_STALE_AFTER_INTERVALS: Final = 2
"""The fewest intervals of staleness with which one failed poll, or a round of requests, loses no series."""


def _log_level(value: object) -> object:
    """Normalise a log level: any case, and `warning` as an alias of `warn`."""
    return {"warning": "warn"}.get(value.lower(), value.lower()) if isinstance(value, str) else value


class Mistake(NamedTuple):
    """A conflict between values that are each valid on their own.

    Attributes:
        key: The key to report it at.
        message: The error message.
    """

    key: str
    message: str


class Section(FrozenModel):
    """A group of settings that a target may override key by key."""

    def with_defaults(self, defaults: Self) -> Self:
        """Return the defaults, overridden by the values set here."""
        return defaults.model_copy(update={key: getattr(self, key) for key in self.model_fields_set})

    def mistakes(self) -> Iterator[Mistake]:
        """Yield each conflict between the values."""
        yield from ()


class Poll(Section):
    """Polling interval, timeout and staleness."""

    interval: Annotated[Duration, Field(gt=0)] = 15.0
    """Time from the start of one poll to the start of the next."""

    timeout: Annotated[Duration, Field(gt=0)] = 10.0
    """Timeout of a poll; at most the interval."""

    stale_after: Annotated[Duration, Field(gt=0)] = 45.0
    """How long series are exported after the last successful poll; defaults to 3 x the interval."""

    @model_validator(mode="after")
    def _fit_to_interval(self) -> Self:
        """Derive the keys that are not set from the interval."""
        configured = self.model_fields_set
        if "timeout" not in configured:
            self.__dict__["timeout"] = min(self.timeout, self.interval)
        if "stale_after" not in configured:
            self.__dict__["stale_after"] = _STALE_AFTER_INTERVALS * self.interval
        return self

    def with_defaults(self, defaults: Self) -> Self:
        """Return the defaults, overridden by the values set here, with inherited values adapted to the interval.

        An inherited timeout is capped at the interval. An inherited stale_after of less than two intervals would drop
        series after one failed poll, so it is replaced by the default of three intervals.
        """
        own = {key: getattr(self, key) for key in self.model_fields_set}
        inherited = {key: getattr(defaults, key) for key in defaults.model_fields_set}
        interval = own.get("interval", defaults.interval)
        if "interval" in own:
            inherited["timeout"] = min(defaults.timeout, interval)
            if inherited.get("stale_after", 0) < MIN_STALE_AFTER_INTERVALS * interval:
                inherited.pop("stale_after", None)
        return self.model_validate(inherited | own)

    def mistakes(self) -> Iterator[Mistake]:
        """Yield a timeout longer than the interval, or a stale_after shorter than it."""
        interval = format_duration(self.interval)
        if self.timeout > self.interval:
            yield Mistake("timeout", f"longer than the interval of {interval}")
        if self.stale_after < self.interval:
            yield Mistake("stale_after", f"shorter than the interval of {interval}")


class Agents(Section):
    """Per-agent series, which contain personal data."""

    detail: Literal["aggregate", "pseudonym", "id", "name"] = "aggregate"
    """aggregate: no per-agent series; pseudonym: a keyed hash of the id; id: the vendor's id; name: id and name."""

    pseudonym_key: Secret | None = None
    """Key of the HMAC-SHA-256 hash used for pseudonyms; required for `detail: pseudonym`."""

    def mistakes(self) -> Iterator[Mistake]:
        """Yield a missing pseudonym key."""
        if self.detail == "pseudonym" and self.pseudonym_key is None:
            yield Mistake("pseudonym_key", MISSING)


class Trunks(Section):
    """Trunk series."""

    detail: Literal["aggregate", "ports"] = "aggregate"
    """aggregate: number of ports by state; ports: additionally one series per port and state."""


class Resources(FrozenModel):
    """Resources of a target, as in the `resource` label."""

    exclude: tuple[Text, ...] = ()
    """Names of resources that are not requested; they have no series, not even `contactcenter_up`."""


class Limits(Section):
    """Per-target limits."""

    series_per_target: Annotated[int, Field(gt=0)] = 200_000
    """Maximum number of series per target; families beyond it are dropped."""

    body_bytes: Annotated[ByteSize, Field(gt=0)] = 64 * 2**20
    """Maximum decompressed response size; larger responses fail the poll."""


class State(Section):
    """State kept across restarts."""

    dir: Path | None = None
    """Directory for running totals and the times of last requests, so that a restart causes no false counter reset and
    cannot break a vendor's minimum interval."""


class ConfigFile(Section):
    """Configuration file."""

    file: Path | None = None
    """Path of the configuration file (YAML)."""

    auto_reload_interval: Annotated[Duration, Field(ge=0)] = 0.0
    """How often to check the configuration file and secret files for changes and reload them; 0 disables it."""


class WebConfig(Section):
    """The web configuration file."""

    file: Path | None = None
    """Path of the web configuration file (YAML, exporter-toolkit format) that enables TLS or authentication."""


class Web(Section):
    """HTTP server."""

    listen_address: ListenAddress = ":10117"
    """Address to listen on."""

    config: WebConfig = WebConfig()
    """TLS and authentication."""

    enable_lifecycle: bool = False
    """Enable `POST /-/reload`, which reloads the configuration."""

    max_requests: Annotated[int, Field(ge=0)] = 40
    """Maximum number of concurrent scrapes; others are answered with 503. 0 disables the limit."""

    openmetrics_created: bool = False
    """Add `_created` lines to OpenMetrics pages: when the reporting period of each running total began, if known."""

    dashboards_url: Url | None = None
    """Base URL of Grafana; the status page then links to the dashboards."""

    @property
    def address(self) -> Address:
        """Return the host (None for all interfaces) and the port to listen on."""
        return split_address(self.listen_address)


class Log(Section):
    """Logging."""

    level: Annotated[Literal["debug", "info", "warn", "error"], BeforeValidator(_log_level)] = "info"
    """Minimum severity of messages to log."""

    format: Literal["logfmt", "json"] = "logfmt"
    """Output format of log messages."""
