"""The command line as one typed object for each command."""

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

Run = Settings
"""Poll and serve; what is done without a command."""


def _words(value: object) -> object:
    """Return the words of text such as an environment variable holds, set apart by commas."""
    return [word.strip() for word in value.split(",")] if isinstance(value, str) else value


class _Simulated(Base):
    """What a simulated contact centre can be told."""

    speed: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """How many simulated seconds pass in a second."""

    seed: int = 1
    """Where chance begins; the same seed makes the same day."""

    scenario: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    """A scenario that is on from the start, such as surge; may be given several times."""


class SimulatorServer(Section):
    """The HTTP server of the simulated contact centre."""

    listen_address: ListenAddress = "127.0.0.1:0"
    """Where the simulated contact centre is served; port 0 is any free one."""


class Demo(_Simulated):
    """Simulate a contact centre and poll it; needs no configuration."""

    simulator: SimulatorServer = SimulatorServer()
    """The simulated contact centre's own server."""


def _not_served(file: Path | None) -> Path | None:
    """Refuse what would be taken for protection and is none."""
    if file is not None:
        raise ValueError("the simulation is served without TLS and authentication; leave it out")
    return file


class NoWebConfig(WebConfig):
    """The web configuration file, which `simulate` has none of."""

    file: Annotated[Path | None, AfterValidator(_not_served)] = None
    """Refused: the simulation is served without TLS and authentication."""


class SimulateWeb(Web):
    """The HTTP server of `simulate`, on a port of its own."""

    listen_address: ListenAddress = ":10118"
    """Where to serve."""

    config: NoWebConfig = NoWebConfig()
    """TLS and authentication, of which there are none."""


class Simulate(_Simulated):
    """Serve only the simulated contact centre, in every vendor's dialect."""

    web: SimulateWeb = SimulateWeb()
    """The HTTP server."""


class CheckedWeb(Section):
    """What `check` heeds of the HTTP server; the rest may be in the environment for the exporter."""

    model_config = ConfigDict(extra="ignore")

    config: WebConfig = WebConfig()
    """TLS and authentication."""


class Check(BaseSettings):
    """Say every mistake in a configuration file, with its place."""

    model_config = SettingsConfigDict(**Base.model_config)

    file: CliPositionalArg[Path | None] = None
    """The configuration file (YAML)."""

    web: CheckedWeb = CheckedWeb()
    """The HTTP server."""

    connect: bool = False
    """Also sign in to every target and say how it went."""

    total_shards: TotalShards | None = None
    """Say which targets each of that many shards gets; what the configuration says unless given."""

    shard: ShardNumber | None = None
    """Say it of this shard only, and sign in to its targets only."""


class Catalog(BaseSettings):
    """Print the reference of every metric as Markdown."""

    model_config = SettingsConfigDict(**Base.model_config)


class Completion(BaseSettings):
    """Print what makes a shell complete this command line."""

    model_config = SettingsConfigDict(**Base.model_config)

    shell: CliPositionalArg[Literal["bash", "zsh", "fish"]]
    """The shell."""


Command = Run | Demo | Simulate | Check | Catalog | Completion
"""What the command line asks for."""

_COMMANDS: Final[Mapping[str, type[Demo | Simulate | Check | Catalog | Completion]]] = {
    "demo": Demo,
    "simulate": Simulate,
    "check": Check,
    "catalog": Catalog,
    "completion": Completion,
}
_WORDS: Final = {Check: " [FILE]", Completion: " SHELL"}
_SWITCHES: Final = frozenset(name for model in (Flags, *_COMMANDS.values()) for name in flags.switches(model)) | {
    "-h",
    "--help",
    "--version",
}
_EXAMPLE: Final = f"""
try it without any configuration:
  {flags.PROGRAM} demo
help on a command:
  {flags.PROGRAM} check --help
exit codes:
  0 done or stopped, 1 failed or something wrong with the configuration,
  2 something wrong with the command line, 130 interrupted while starting
"""


def parse(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> Command:
    """Return what a command line asks for, with the environment under it and the file under both.

    Flags may stand before and after the command.

    Args:
        argv: The command line without the program.
        environ: The environment variables, the process's own unless given.

    Raises:
        ConfigError: Something is wrong on the command line, in the environment or in the file.
        SystemExit: Help or the version was asked for and is printed.
    """
    variables = os.environ if environ is None else environ
    word, rest = _command(argv)
    if word is None:
        return _run(rest, variables)
    model = _COMMANDS.get(word)
    if model is None:
        known = ", ".join(_COMMANDS)
        raise _wrong(word, f"unknown command{hint(word, _COMMANDS) or f' (known: {known})'}")
    overlay = flags.read(model, _parser(word, model), rest)
    command = load_without_file(model, variables, overlay)
    if isinstance(command, Check) and not (command.file or command.web.config.file):
        raise _wrong("", "the following arguments are required: FILE")
    return command


def _run(args: Sequence[str], environ: Mapping[str, str]) -> Run:
    overlay = flags.read(Flags, _root_parser(), args)
    told = environment.read(environ, Run.model_fields)
    file = {**told.values, **overlay.values}.get(("config", "file"))
    if not file:
        missing = Problem("--config.file", f"missing; give the configuration file, or try: {flags.PROGRAM} demo")
        raise UsageError((missing, *told.problems))
    return load_file(Path(str(file)), environ, overlay)


def parsers() -> tuple[flags.Parser, Mapping[str, flags.Parser]]:
    """Return the parser of the command line without a command, and that of each command."""
    root = _root_parser()
    flags.fill(Flags, root)
    found = {word: _parser(word, model) for word, model in _COMMANDS.items()}
    for word, parser in found.items():
        flags.fill(_COMMANDS[word], parser)
    return root, found


def _root_parser() -> flags.Parser:
    listed = "\n".join(f"  {word:<10} {_first_line(model)}" for word, model in _COMMANDS.items())
    return flags.Parser("[command] [flags]", _first_line(Run), f"commands:\n{listed}\n{_EXAMPLE}")


def _parser(word: str, model: type[BaseSettings]) -> flags.Parser:
    return flags.Parser(f"{word}{_WORDS.get(model, '')} [flags]", _first_line(model))


def _command(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the command, the first word that is no flag and no flag's value, and everything else."""
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


def _wrong(place: str, message: str) -> ConfigError:
    return UsageError((Problem(place, message),))
