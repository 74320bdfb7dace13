"""The commands, each parsed into a typed object."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, CliPositionalArg, SettingsConfigDict

from exporter.cli import flags
from exporter.errors import ConfigError, Problem, UsageError
from exporter.runtime.suggest import hint
from exporter.settings import (
    Base,
    Flags,
    ListenAddress,
    Section,
    Settings,
    ShardNumber,
    TotalShards,
    Web,
    WebConfig,
    load_file,
    load_without_file,
)
from exporter.settings.loading import environment
from exporter.settings.units import ValueFormat

_DIRECTORY: Final = ValueFormat("DIR")

Run = Settings
"""Poll and serve; the default if no command is given."""


def _split_list(value: object) -> object:
    """Split text at commas, as an environment variable cannot be repeated."""
    return [item.strip() for item in value.split(",")] if isinstance(value, str) else value


_Names = Annotated[tuple[str, ...], BeforeValidator(_split_list)]


class _Simulated(Base):
    """Settings of the simulated contact centre."""

    speed: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """Speed of simulated time as a multiple of real time."""

    seed: int = 1
    """Random seed; the same seed reproduces the same day."""

    scenario: _Names = ()
    """Scenario to start with, such as surge; may be repeated."""


class SimulatorServer(Section):
    """HTTP server of the simulated contact centre."""

    listen_address: ListenAddress = "127.0.0.1:0"
    """Address of the simulated contact centre; port 0 selects a free port."""


class Demo(_Simulated):
    """Run the exporter against a simulated contact centre."""

    simulator: SimulatorServer = SimulatorServer()
    """HTTP server of the simulated contact centre."""

    all: bool = False
    """Poll every vendor's API, not only the five of the demo."""


def _reject_web_config(file: Path | None) -> Path | None:
    """Reject a web configuration file, which would be mistaken for access control."""
    if file is not None:
        raise ValueError("not supported: the simulation is served without TLS and authentication; remove it")
    return file


class UnsupportedWebConfig(WebConfig):
    """The web configuration file, which `simulate` does not support."""

    file: Annotated[Path | None, AfterValidator(_reject_web_config)] = None
    """Not supported: the simulation is served without TLS and authentication."""


class SimulateWeb(Web):
    """HTTP server of `simulate`, with its own default port."""

    listen_address: ListenAddress = ":10118"
    """Address to listen on."""

    config: UnsupportedWebConfig = UnsupportedWebConfig()
    """TLS and authentication, which `simulate` does not support."""


class Simulate(_Simulated):
    """Serve the simulated contact centre with every vendor's API."""

    web: SimulateWeb = SimulateWeb()
    """HTTP server."""


class CheckedWeb(Section):
    """HTTP server settings used by `check`; others may be in the environment for the exporter."""

    model_config = ConfigDict(extra="ignore")

    config: WebConfig = WebConfig()
    """TLS and authentication."""


class Check(BaseSettings):
    """Validate a configuration file and report every error with its line."""

    model_config = SettingsConfigDict(**Base.model_config)

    file: CliPositionalArg[Path | None] = None
    """Path of the configuration file (YAML)."""

    web: CheckedWeb = CheckedWeb()
    """HTTP server."""

    definition: Annotated[tuple[Path, ...], BeforeValidator(_split_list)] = ()
    """Validate this vendor definition and run its examples; may be repeated."""

    connect: bool = False
    """Also sign in to every target, poll it once and report the results."""

    target: _Names = ()
    """Limit `--connect` to this target; may be repeated."""

    replay: Annotated[Path | None, _DIRECTORY] = None
    """Print the metrics that the exporter makes of a recording in this directory, instead of validating a file."""

    total_shards: TotalShards | None = None
    """List the targets of each shard for this number of shards; defaults to the configured number."""

    shard: ShardNumber | None = None
    """Limit the list and `--connect` to this shard."""


class Record(BaseSettings):
    """Write the vendors' answers to one poll, without names or secrets."""

    model_config = SettingsConfigDict(**Base.model_config)

    file: CliPositionalArg[Path]
    """Path of the configuration file (YAML)."""

    out: Annotated[Path, _DIRECTORY]
    """Directory to write to: a file for each target."""

    target: _Names = ()
    """Record only this target; may be repeated."""


class Catalog(BaseSettings):
    """Print the metrics reference as Markdown."""

    model_config = SettingsConfigDict(**Base.model_config)


class Completion(BaseSettings):
    """Print a shell completion script."""

    model_config = SettingsConfigDict(**Base.model_config)

    shell: CliPositionalArg[Literal["bash", "zsh", "fish"]]
    """Shell to generate the script for."""


Command = Run | Demo | Simulate | Check | Record | Catalog | Completion
"""A parsed command line."""

_COMMANDS: Final[Mapping[str, type[Demo | Simulate | Check | Record | Catalog | Completion]]] = {
    "demo": Demo,
    "simulate": Simulate,
    "check": Check,
    "record": Record,
    "catalog": Catalog,
    "completion": Completion,
}
_POSITIONALS: Final = {Check: " [FILE]", Record: " FILE", Completion: " SHELL"}
_SWITCHES: Final = frozenset(name for model in (Flags, *_COMMANDS.values()) for name in flags.switches(model)) | {
    "-h",
    "--help",
    "--version",
}
_EXAMPLE: Final = f"""
run a demo without any configuration:
  {flags.PROGRAM} demo
help on a command:
  {flags.PROGRAM} check --help
exit codes:
  0 success, 1 failure or invalid configuration, 2 invalid command line,
  130 interrupted, 143 terminated during startup
"""


def parse(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> Command:
    """Parse a command line, whose flags override the environment, which overrides the configuration file.

    Flags may precede or follow the command.

    Args:
        argv: The command line without the program name.
        environ: The environment variables; defaults to those of the process.

    Raises:
        ConfigError: The command line, the environment or the configuration file is invalid.
        SystemExit: Help or the version was requested and has been printed.
    """
    variables = os.environ if environ is None else environ
    name, rest = _command(argv)
    if name is None:
        return _run(rest, variables)
    model = _COMMANDS.get(name)
    if model is None:
        known = ", ".join(_COMMANDS)
        raise _usage_error(name, f"unknown command{hint(name, _COMMANDS) or f' (known: {known})'}")
    overlay = flags.read(model, _parser(name, model), rest)
    if model is Record and ("out",) not in overlay.values:
        raise _usage_error("--out", "missing; set the directory to write to")
    command = load_without_file(model, variables, overlay)
    if isinstance(command, Check):
        _require_consistent(command)
    return command


def _require_consistent(check: Check) -> None:
    """Require something to check, and nothing that would be ignored. Raises UsageError."""
    if not (check.file or check.web.config.file or check.definition or check.replay):
        raise _usage_error("", "the following arguments are required: FILE")
    if check.replay and check.file:
        raise _usage_error("--replay", "validates no file; remove FILE or the flag")
    if check.connect and not check.file:
        raise _usage_error("--connect", "requires FILE")
    if check.target and not check.connect:
        raise _usage_error("--target", "requires --connect")


def _run(args: Sequence[str], environ: Mapping[str, str]) -> Run:
    overlay = flags.read(Flags, _root_parser(), args)
    configured = environment.read(environ, Run.model_fields)
    file = {**configured.values, **overlay.values}.get(("config", "file"))
    if not file:
        missing = Problem("--config.file", f"missing; set the configuration file, or try: {flags.PROGRAM} demo")
        raise UsageError((missing, *configured.problems))
    return load_file(Path(str(file)), environ, overlay)


def parsers() -> tuple[flags.Parser, Mapping[str, flags.Parser]]:
    """Return the root parser and the parser of each command."""
    root = _root_parser()
    flags.add_flags(Flags, root)
    commands = {name: _parser(name, model) for name, model in _COMMANDS.items()}
    for name, parser in commands.items():
        flags.add_flags(_COMMANDS[name], parser)
    return root, commands


def _root_parser() -> flags.Parser:
    listed = "\n".join(f"  {name:<10} {_first_line(model)}" for name, model in _COMMANDS.items())
    return flags.Parser("[command] [flags]", _first_line(Run), f"commands:\n{listed}\n{_EXAMPLE}")


def _parser(name: str, model: type[BaseSettings]) -> flags.Parser:
    return flags.Parser(f"{name}{_POSITIONALS.get(model, '')} [flags]", _first_line(model))


def _command(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the command, which is the first argument that is neither a flag nor its value, and the other arguments."""
    is_value = False
    for at, arg in enumerate(argv):
        if not is_value and arg == "--":
            break
        if not is_value and not arg.startswith("-"):
            return arg, [*argv[:at], *argv[at + 1 :]]
        is_value = not is_value and "=" not in arg and arg not in _SWITCHES
    return None, list(argv)


def _first_line(model: type[BaseSettings]) -> str:
    return (model.__doc__ or "").partition("\n")[0]


def _usage_error(place: str, message: str) -> ConfigError:
    return UsageError((Problem(place, message),))
