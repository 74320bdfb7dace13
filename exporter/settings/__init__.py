"""Everything an operator can configure: flags over environment over one YAML file."""

from exporter.settings.fields import Address, File, ListenAddress, Name, Part, Secret, Text, Url, split_address
from exporter.settings.layers import Overlay
from exporter.settings.load import load_file, load_without_file
from exporter.settings.replicas import LeaderElection, ShardNumber, TotalShards
from exporter.settings.root import Base, Flags, Settings
from exporter.settings.sections import Agents, Limits, Log, Poll, Section, Trunks, Web, WebConfig
from exporter.settings.select import Choice, Families, Select
from exporter.settings.target import TargetSettings
from exporter.settings.thresholds import Levels, QueueThresholds
from exporter.settings.tls import TlsConfig
from exporter.settings.yamlplaces import Place

__all__ = [
    "Address",
    "Agents",
    "Base",
    "Choice",
    "Families",
    "File",
    "Flags",
    "LeaderElection",
    "Levels",
    "Limits",
    "ListenAddress",
    "Log",
    "Name",
    "Overlay",
    "Part",
    "Place",
    "Poll",
    "QueueThresholds",
    "Secret",
    "Section",
    "Select",
    "Settings",
    "ShardNumber",
    "TargetSettings",
    "Text",
    "TlsConfig",
    "TotalShards",
    "Trunks",
    "Url",
    "Web",
    "WebConfig",
    "load_file",
    "load_without_file",
    "split_address",
]
