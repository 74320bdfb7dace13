"""What every target has in common; a vendor's module adds its own keys in a subclass."""

from typing import ClassVar, Final, Self

from pydantic import Field, model_validator

from exporter.settings.fields import File, Name, Part, Text, Url
from exporter.settings.sections import Agents, Limits, Poll, Trunks
from exporter.settings.select import Select
from exporter.settings.thresholds import QueueThresholds

FLAT_POLL_KEYS: Final = frozenset(Poll.model_fields)
"""The keys of `poll` that may also stand directly in a target."""


class TlsConfig(Part):
    """How a vendor's server is trusted and the exporter makes itself known, in Prometheus's words."""

    ca_file: File | None = None
    """The certificates to trust instead of the system's."""

    cert_file: File | None = None
    """The client certificate."""

    key_file: File | None = None
    """The client certificate's private key."""

    insecure_skip_verify: bool = False
    """Trust any certificate."""

    @model_validator(mode="after")
    def _whole_pair(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together; give both or none")
        return self


class TargetSettings(Part):
    """One contact centre at one vendor.

    What it does not say itself of `poll`, `agents`, `trunks` and `limits` is as the outer settings say.
    """

    also_accepted: ClassVar[frozenset[str]] = FLAT_POLL_KEYS

    name: Name
    """The target's name, its `target` label; no two are the same."""

    vendor: Text
    """Which vendor it is at."""

    url: Url
    """Where the vendor's API is."""

    tls_config: TlsConfig = TlsConfig()
    """How the vendor's server is trusted."""

    poll: Poll = Field(default_factory=Poll)
    """How often and how patiently it is asked."""

    agents: Agents = Field(default_factory=Agents)
    """What is exported about individual agents."""

    trunks: Trunks = Field(default_factory=Trunks)
    """What is exported about trunks."""

    limits: Limits = Field(default_factory=Limits)
    """How much it may cost."""

    select: Select = Select()
    """What of it is exported."""

    thresholds: tuple[QueueThresholds, ...] = ()
    """When its queues deserve attention; the first entry that fits a queue and names a level counts."""
