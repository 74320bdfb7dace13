"""The configuration reference as Markdown: every key of every section and vendor, and every flag."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final, NamedTuple, get_args

from pydantic import BaseModel
from pydantic_settings import CliPositionalArg

from docs.generator.keys import NOTHING, Key, groups, keys, meaning, told
from exporter import plugins
from exporter.cli.commands import Check, Demo, Simulate
from exporter.cli.flags import flag
from exporter.settings import Flags, Place, Section, Settings, TargetSettings
from exporter.settings.loading import environment
from exporter.vendors.base import load_vendor

# What marks a field as a word of its own; the library has no public name for it.
_WORD: Final = get_args(CliPositionalArg[str])[1]
_INTRODUCTION = """\
# Configuration

Made by `make docs` from the settings model; do not edit.

One YAML file, named by `--config.file`. Flags win over the environment, the environment over the file; an empty value
is the same as none, and unknown keys are errors. `contactcenter-exporter check FILE` tells every mistake with its line.
Keys that begin with `x-` have no meaning: they are places for YAML anchors.

- A **duration** is written as Prometheus does (`15s`, `1m30s`), a **size** with a unit (`64MiB`, `10MB`) or in bytes.
- A **secret** `x` may be given as `x`, or as `x_file`: the file that holds it, one line break at its end left out.
- A **file** that is not given by its whole path is looked up beside the configuration file.
- In an **environment variable** a target goes by its name, in capitals and with `_` for everything but letters and
  digits; it stands as `NAME` below. Lists can only stand in the file.

Editors that know the YAML language server complete and check the file by [its schema](contactcenter.schema.json):

```yaml
# yaml-language-server: $schema=https://raw.githubusercontent.com/contactcenter-exporter/contactcenter-exporter/main/docs/contactcenter.schema.json
```
"""
_EVERYWHERE = "Stands outermost, for all targets, and in a target, for that one key by key."
_SHARES = "Several replicas with one file share its targets out: see [scaling](scaling.md#shards)."
_HEAD = "| key | takes | default | meaning | environment{flag} |\n|---|---|---|---|---|\n"
_TARGET = ("targets", 0)
# What a variable calls the target by.
_NAMED = (*_TARGET, "name")


def render_page() -> str:
    """Return the page."""
    sections = {name: model for name, model, _ in groups(Settings) if issubclass(model, Section) and name != "config"}
    parts = [_INTRODUCTION]
    for name, model in sections.items():
        everywhere = name in TargetSettings.model_fields
        parts += _section(_Heading(2, name, (name,)), model, f"\n{_EVERYWHERE}\n" if everywhere else "")
    parts.append(f"\n## Outermost keys\n\n{_SHARES}\n\n{_table(keys(Settings), (), outermost=True)}")
    parts += _targets(sections)
    parts.append("\n## Vendors\n\nThe keys that only targets of one vendor have.\n")
    parts += (_vendor(name) for name in plugins.names())
    parts.append(_flags())
    return "".join(parts)


def _targets(sections: Iterable[str]) -> Iterator[str]:
    """Yield the keys that targets of every vendor have."""
    shared = ", ".join(f"[`{name}`](#{name})" for name in sections if name in TargetSettings.model_fields)
    more = f"\nA target may also have {shared}, and the keys of `poll` directly.\n"
    yield from _section(_Heading(2, "targets[]", _TARGET), TargetSettings, more, frozenset(sections))


def _vendor(name: str) -> str:
    model = load_vendor(name).settings
    own = [key for key in keys(model) if key.name.partition(",")[0] not in TargetSettings.model_fields]
    return f"\n### {name}\n\n{told(model)}\n\n{_table(own, _TARGET)}"


class _Heading(NamedTuple):
    """What stands over a group of keys.

    Attributes:
        level: How deep it is.
        title: Its words, which are where the keys stand in the file.
        place: Where a variable of the environment finds them, none where it cannot.
    """

    level: int
    title: str
    place: Place


def _section(
    heading: _Heading, model: type[BaseModel], more: str = "", leave_out: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield a model's keys and, one level deeper, those of the models within; alike ones stand together."""
    level, title, place = heading
    rows = keys(model)
    table = f"\n{_table(rows, place)}" if rows else ""
    yield f"\n{'#' * level} {title}\n\n{told(model)}\n{more}{table}"
    alike: defaultdict[type[BaseModel], list[tuple[str, str]]] = defaultdict(list)
    for name, inner, several in groups(model):
        if name not in leave_out:
            alike[inner].append((name, "[]" if several else ""))
    for inner, names in alike.items():
        whole = ", ".join(f"{title}.{name}{suffix}" for name, suffix in names)
        listed = any(suffix for _, suffix in names)
        mark = "- `{}`: " if len(names) > 1 else ""
        each = "".join(f"\n{mark.format(name)}{meaning(model.model_fields[name])}" for name, _ in names)
        within = () if listed or not place else (*place, names[0][0])
        yield from _section(_Heading(level + 1, whole, within), inner, f"{each}\n")


def _table(rows: Iterable[Key], place: Place, *, outermost: bool = False) -> str:
    flags = outermost or _of_flags(place)
    head = _HEAD.format(flag=", flag" if flags else "")
    return head + "".join(_row(row, place, has_flags=flags) for row in rows)


def _of_flags(place: Place) -> bool:
    return bool(place) and place[0] in Flags.model_fields


def _row(key: Key, place: Place, *, has_flags: bool) -> str:
    first, *rest = key.name.split(", ")
    names = ", ".join(f"`{name}`" for name in (first, *rest))
    own = (*place, first)
    by_variable = (place or has_flags) and key.single and own != _NAMED
    given = [f"`{environment.variable(own, 'NAME')}`"] if by_variable else []
    given += [f"`{flag(own)}`"] if has_flags else []
    cells = (names, key.takes, key.default, key.meaning, ", ".join(given) or NOTHING)
    return "".join(("| ", " | ".join(cell.replace("|", r"\|") for cell in cells), " |\n"))


def _flags() -> str:
    """Return the flags of the commands; those of polling and serving stand with their keys."""
    text = (
        "\n## Flags\n\n`--config.file` names the file (`CONTACTCENTER_CONFIG__FILE`). With"
        " `--config.auto-reload-interval` (`CONTACTCENTER_CONFIG__AUTO_RELOAD_INTERVAL`), such as 30s, it is looked at"
        " as often, with the files of secrets, and a change is taken over. `--version` and `--help` say what they say."
        " The other flags of polling and serving stand above with their keys.\n"
    )
    for command, model in (("demo", Demo), ("simulate", Simulate), ("check", Check)):
        text += f"\n### {command}\n\n{told(model)}\n\n| flag | takes | default | meaning |\n|---|---|---|---|\n"
        text += "".join(map(partial(_flag_row, model), _leaves(model, ())))
    return text


def _leaves(model: type[BaseModel], place: Place) -> Iterator[tuple[Place, Key]]:
    for key in keys(model):
        yield (*place, key.name), key
    for name, inner, _ in groups(model):
        yield from _leaves(inner, (*place, name))


def _flag_row(model: type[BaseModel], leaf: tuple[Place, Key]) -> str:
    place, key = leaf
    name = key.name.upper() if place in _positional(model) else flag(place)
    return f"| `{name}` | {key.takes} | {key.default} | {key.meaning} |\n"


def _positional(model: type[BaseModel]) -> list[Place]:
    """Return the places of what a command takes as words of their own and no flags."""
    return [(name,) for name, field in model.model_fields.items() if _WORD in field.metadata]
