"""What every target has in common; a vendor's module adds its own keys in a subclass."""

from typing import ClassVar, Final

from pydantic import Field

from exporter.settings.queue_thresholds import QueueThresholds
from exporter.settings.sections import Agents, Limits, Poll, Trunks
from exporter.settings.select import Select
from exporter.settings.tls_config import TlsConfig
from exporter.settings.types import FrozenModel, Name, Text, Url

FLAT_POLL_KEYS: Final = frozenset(Poll.model_fields)
"""The keys of `poll` that may also stand directly in a target."""


class TargetSettings(FrozenModel):
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
