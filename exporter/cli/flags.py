"""Command-line flags generated from a settings model, dotted as in Prometheus."""

from argparse import SUPPRESS, ArgumentParser, HelpFormatter, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, CliSettingsSource

from exporter import __version__
from exporter.errors import Problem, UsageError
from exporter.runtime.suggest import hint
from exporter.settings import Overlay, Place
from exporter.settings.units import ValueFormat

PROGRAM: Final = "contactcenter-exporter"

_METAVARS: Final = {"float": "NUMBER", "int": "NUMBER", "Path": "FILE", "str": "TEXT"}


class Parser(ArgumentParser):
    """An argument parser that raises problems, with suggestions for misspelt flags."""

    def __init__(self, usage: str, description: str, epilog: str | None = None) -> None:
        super().__init__(
            prog=PROGRAM,
            usage=f"{PROGRAM} {usage}",
            description=description,
            epilog=epilog,
            formatter_class=_formatter,
            allow_abbrev=False,
        )
        self.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
        self.known: set[str] = {"--help", "--version"}

    def error(self, message: str) -> NoReturn:
        """Raise an error of argparse as a problem.

        Raises:
            UsageError: Always.
        """
        place, colon, rest = message.removeprefix("argument ").partition(": ")
        flag_name = place.partition("/")[0]
        if not colon or flag_name not in self.known:
            raise UsageError((Problem("", message),))
        # The message of argparse may repeat the value.
        reason = "does not take a value" if rest.startswith("ignored explicit") else "requires a value"
        raise UsageError((Problem(flag_name, reason),))

    def parse(self, args: Sequence[str]) -> Namespace:
        """Parse flags.

        Raises:
            UsageError: A flag is unknown or its value is missing.
        """
        parsed, unknown = self.parse_known_args(args)
        # Only the flag is named: its value may be a secret.
        names = [arg.partition("=")[0] for arg in unknown if arg.startswith("-")]
        problems = [Problem(name, f"unknown flag{hint(name, self.known)}") for name in names]
        if unknown and not problems:
            problems = [Problem(unknown[0], "unexpected argument")]
        if problems:
            raise UsageError(tuple(problems))
        return parsed


def read(model: type[BaseSettings], parser: Parser, args: Sequence[str]) -> Overlay:
    """Read settings from flags.

    Args:
        model: The settings model.
        parser: The parser, which the flags are added to.
        args: The command line without the program name and the command.

    Raises:
        UsageError: A flag is unknown or its value is missing.
    """
    values = dict(_leaves(add_flags(model, parser)(args=list(args))(), ()))
    return Overlay({place: flag(place) for place in values}, values)


def add_flags(model: type[BaseSettings], parser: Parser) -> "CliSettingsSource[Parser]":
    """Add the flags of a model to a parser and return the settings source that reads them.

    Args:
        model: The settings model.
        parser: The parser, which the flags are added to.
    """

    def add_argument(group: ArgumentParser, *names: str, **options: object) -> None:
        # argparse adds help itself, and the suppressed flags take whole groups as JSON.
        if "-h" in names or options.get("help") == SUPPRESS:
            return
        parser.known.update(name for name in names if name.startswith("-"))
        field = _field(model, tuple(str(options.get("dest", names[0])).split(".")))
        options |= {"help": _help(field)}
        if "metavar" in options and not str(options["metavar"]).isupper():
            options["metavar"] = _metavar(field, str(options["metavar"]))
        group.add_argument(*names, **options)  # type: ignore[arg-type]

    return CliSettingsSource(
        model,
        root_parser=parser,
        parse_args_method=lambda root, args: root.parse(args),
        add_argument_method=add_argument,
        # A single list of flags, as in Prometheus, instead of one group per section.
        add_argument_group_method=lambda root, **_: root,
        cli_avoid_json=True,
        cli_implicit_flags=True,
        cli_kebab_case=True,
        cli_hide_none_type=True,
        # Disables the keyword for None: every text is a value.
        cli_parse_none_str="\0",
    )


def flag(place: Place) -> str:
    """Return the flag of a setting."""
    return "--" + ".".join(map(str, place)).replace("_", "-")


def switches(model: type[BaseModel], place: Place = ()) -> Iterator[str]:
    """Yield the boolean flags of a model, which take no value."""
    for key, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from switches(field.annotation, (*place, key))
        elif field.annotation is bool:
            name = flag((*place, key))
            yield from (name, name.replace("--", "--no-", 1))


def _formatter(prog: str) -> HelpFormatter:
    return RawDescriptionHelpFormatter(prog, max_help_position=32)


def _leaves(tree: dict[str, object], place: Place) -> Iterator[tuple[Place, object]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*place, key))
        else:
            yield (*place, key), value


def _field(model: type[BaseModel], place: Place) -> FieldInfo:
    key, *rest = place
    field = model.model_fields[str(key)]
    inner = field.annotation
    return _field(inner, tuple(rest)) if rest and isinstance(inner, type) and issubclass(inner, BaseModel) else field


def _value_format(field: FieldInfo) -> ValueFormat | None:
    return next((meta for meta in field.metadata if isinstance(meta, ValueFormat)), None)


def _metavar(field: FieldInfo, fallback: str) -> str:
    value_format = _value_format(field)
    if value_format is not None:
        return value_format.metavar
    return "NAME" if get_origin(field.annotation) is tuple else _METAVARS.get(fallback, fallback)


def _help(field: FieldInfo) -> str:
    """Return the help text of a flag: its description and default."""
    text = (field.description or "").replace("%", "%%")
    if field.is_required() or field.default in (None, False, ()):
        return text
    value_format = _value_format(field)
    return f"{text} (default: {value_format.write(field.default) if value_format else field.default})"
