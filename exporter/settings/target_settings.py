"""Settings common to all targets; each vendor adds its own keys in a subclass."""

import hashlib
from collections.abc import Iterator
from typing import ClassVar, Final

from pydantic import Field, SecretStr

from exporter.model import Channel
from exporter.settings.queue_thresholds import QueueThresholds
from exporter.settings.sections import MIN_STALE_AFTER_INTERVALS, Agents, Limits, Mistake, Poll, Resources, Trunks
from exporter.settings.select import Select
from exporter.settings.tls_config import TlsConfig
from exporter.settings.types import BaseUrl, FrozenModel, Name, Text, TimeOfDay, Url, Zone
from exporter.settings.units import format_duration

FLAT_POLL_KEYS: Final = frozenset(Poll.model_fields)
"""The keys of `poll` that a target also accepts directly."""


_SIGN_IN_KEYS: Final = frozenset({"auth", "client_id", "login_path", "tenant", "tenant_url", "token_url", "username"})


class TargetSettings(FrozenModel):
    """A contact centre at one vendor.

    Keys of `poll`, `agents`, `trunks` and `limits` that a target does not set are inherited from the top level.
    """

    also_accepted: ClassVar[frozenset[str]] = FLAT_POLL_KEYS

    polled_in_rounds: ClassVar[bool] = False
    """Whether the vendor's client spreads the requests of one poll over the configured interval."""

    provider: ClassVar[object | None] = None
    """The vendor, an `exporter.vendors.base.Vendor`, if it is made of a definition; None if it is code."""

    name: Name
    """Unique name of the target, used as its `target` label."""

    vendor: Text
    """Name of the vendor."""

    url: BaseUrl
    """Base URL of the vendor's API."""

    proxy_url: Url | None = None
    """HTTP proxy for requests to the vendor; proxies of the environment are not used."""

    no_proxy: str = ""
    """Hosts, domains and networks that are requested without the proxy, separated by commas."""

    status_page_url: Url | None = None
    """URL of the vendor's own status page in the JSON format of Statuspage, such as
    `https://status.example.com/api/v2/status.json`; requested every minute without credentials and exported as
    `contactcenter_vendor_status`."""

    timezone: Zone | None = None
    """Time zone of the contact centre."""

    day_starts: TimeOfDay | None = None
    """Time of day in `timezone` (UTC if unset) at which the vendor's running totals restart, such as `00:00`; if unset,
    a restart is recognised by the values and confirmed by the next poll."""

    tls_config: TlsConfig = TlsConfig()
    """TLS settings for connections to the vendor."""

    poll: Poll = Field(default_factory=Poll)
    """Polling interval, timeout and staleness."""

    agents: Agents = Field(default_factory=Agents)
    """Per-agent series."""

    trunks: Trunks = Field(default_factory=Trunks)
    """Trunk series."""

    limits: Limits = Field(default_factory=Limits)
    """Limits of this target."""

    resources: Resources = Resources()
    """Resources to leave out, such as trunks that the contact centre does not have."""

    select: Select = Select()
    """Selection of what to export."""

    thresholds: tuple[QueueThresholds, ...] = ()
    """Thresholds of its queues; for each threshold, the first matching entry that sets it applies."""

    channels: dict[Text, Channel] = Field(default_factory=dict)
    """Channels of queues whose channel the vendor does not return, by pattern of their name or id."""

    def account(self) -> tuple[str, ...]:
        """Return what identifies the account at the vendor and its credentials, without secrets.

        Without credentials each target has an account of its own.
        """
        present = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        secrets = {name: value.get_secret_value() for name, value in present.items() if isinstance(value, SecretStr)}
        names = [str(present[name]) for name in sorted(_SIGN_IN_KEYS & present.keys())]
        if not secrets:
            return self.vendor, self.url, *names, self.name
        digest = hashlib.sha256(repr(sorted(secrets.items())).encode()).hexdigest()
        return self.vendor, self.url, *names, digest

    def mistakes(self) -> Iterator[Mistake]:
        """Yield each conflict between values of `poll` and the vendor."""
        poll = self.poll
        if self.polled_in_rounds and poll.interval <= poll.stale_after < MIN_STALE_AFTER_INTERVALS * poll.interval:
            least = format_duration(MIN_STALE_AFTER_INTERVALS * poll.interval)
            yield Mistake("stale_after", f"must be at least {least}: {self.vendor} is polled in rounds of requests")
