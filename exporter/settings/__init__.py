"""The configuration: flags override the environment, which overrides one YAML file."""

from exporter.settings.contacts import Contacts
from exporter.settings.loading.layers import Overlay
from exporter.settings.loading.load import load_file, load_without_file
from exporter.settings.loading.yaml_positions import Place
from exporter.settings.queue_thresholds import QueueThresholds, SeverityThresholds
from exporter.settings.replication import LeaderElection, ShardNumber, TotalShards
from exporter.settings.sections import (
    MIN_STALE_AFTER_INTERVALS,
    Agents,
    Limits,
    Log,
    Poll,
    Section,
    State,
    Trunks,
    Web,
    WebConfig,
)
from exporter.settings.select import Choice, Families, Select, matches
from exporter.settings.settings import Base, Flags, Settings
from exporter.settings.target_settings import TargetSettings
from exporter.settings.tls_config import TlsConfig
from exporter.settings.types import (
    Address,
    BaseUrl,
    File,
    FrozenModel,
    HeaderSecret,
    ListenAddress,
    Name,
    Secret,
    Text,
    Url,
    Zone,
    split_address,
)

__all__ = [
    "MIN_STALE_AFTER_INTERVALS",
    "Address",
    "Agents",
    "Base",
    "BaseUrl",
    "Choice",
    "Contacts",
    "Families",
    "File",
    "Flags",
    "FrozenModel",
    "HeaderSecret",
    "LeaderElection",
    "Limits",
    "ListenAddress",
    "Log",
    "Name",
    "Overlay",
    "Place",
    "Poll",
    "QueueThresholds",
    "Secret",
    "Section",
    "Select",
    "Settings",
    "SeverityThresholds",
    "ShardNumber",
    "State",
    "TargetSettings",
    "Text",
    "TlsConfig",
    "TotalShards",
    "Trunks",
    "Url",
    "Web",
    "WebConfig",
    "Zone",
    "load_file",
    "load_without_file",
    "matches",
    "split_address",
]
