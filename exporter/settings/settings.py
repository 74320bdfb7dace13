"""The settings model: what flags, environment and file together configure."""

from pydantic import SerializeAsAny
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from exporter.settings.replication import LeaderElection, ShardNumber, TotalShards
from exporter.settings.sections import Agents, ConfigFile, Limits, Log, Poll, Trunks, Web
from exporter.settings.target_settings import TargetSettings


class Base(BaseSettings):
    """What every command that serves has."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        case_sensitive=True,
    )

    web: Web = Web()
    """The HTTP server."""

    log: Log = Log()
    """What is logged and how."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values only as handed in: the layers are read beforehand, to tell each mistake's place."""
        return (init_settings,)


class Flags(Base):
    """What a flag can say when polling and serving."""

    config: ConfigFile = ConfigFile()
    """The configuration file."""

    poll: Poll = Poll()
    """How often and how patiently vendors are asked."""

    total_shards: TotalShards = 1
    """How many replicas share the targets out among themselves; each polls its own."""

    shard: ShardNumber | None = None
    """Which of them this one is, from 0; the number at the end of the host name unless given."""

    leader_election: LeaderElection = LeaderElection()
    """Which of several replicas polls."""


class Settings(Flags):
    """Poll contact centres and serve what they say to Prometheus."""

    agents: Agents = Agents()
    """What is exported about individual agents."""

    trunks: Trunks = Trunks()
    """What is exported about trunks."""

    limits: Limits = Limits()
    """How much one target may cost."""

    targets: tuple[SerializeAsAny[TargetSettings], ...] = ()
    """The contact centres to poll."""
