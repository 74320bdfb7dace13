"""The settings model that flags, environment and file are merged into."""

from pydantic import SerializeAsAny
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from exporter.settings.replication import LeaderElection, ShardNumber, TotalShards
from exporter.settings.sections import Agents, ConfigFile, Limits, Log, Poll, State, Trunks, Web
from exporter.settings.target_settings import TargetSettings


class Base(BaseSettings):
    """Settings of every command that runs a server."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        case_sensitive=True,
    )

    web: Web = Web()
    """HTTP server."""

    log: Log = Log()
    """Logging."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only the values passed in; the loader merges all sources itself, to locate each error."""
        return (init_settings,)


class Flags(Base):
    """Settings that can be given as flags when polling and serving."""

    config: ConfigFile = ConfigFile()
    """Configuration file."""

    poll: Poll = Poll()
    """Polling interval, timeout and staleness."""

    state: State = State()
    """State kept across restarts."""

    total_shards: TotalShards = 1
    """Number of replicas that share the targets; each replica polls its own shard."""

    shard: ShardNumber | None = None
    """Zero-based shard of this replica; defaults to the host name's ordinal."""

    leader_election: LeaderElection = LeaderElection()
    """Leader election among replicas."""


class Settings(Flags):
    """Poll contact centres and export their metrics to Prometheus."""

    agents: Agents = Agents()
    """Per-agent series."""

    trunks: Trunks = Trunks()
    """Trunk series."""

    limits: Limits = Limits()
    """Per-target limits."""

    vendor_definitions: tuple[str, ...] = ()
    """Files that define further vendors in YAML; a path may contain wildcards, such as `vendors/*.yml`."""

    targets: tuple[SerializeAsAny[TargetSettings], ...] = ()
    """Contact centres to poll."""
