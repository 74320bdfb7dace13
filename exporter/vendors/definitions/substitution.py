"""Texts with substitutions: settings, times, and ids of an earlier request. There are no expressions."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from exporter.settings.units import parse_duration

TIMES: Final = ("now", "today", "tomorrow")
"""Names of times; `now` may be moved by a duration."""

FORMATS: Final = ("date", "local", "milliseconds", "unix", "unix_ms")
"""Formats of times beside the default."""

_PART: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_VARIABLE: Final = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?P<offset>[+-][0-9a-z]+)?(?::(?P<format>[a-z_]+))?", re.ASCII)
FOR_EACH: Final = "for_each_id"
"""The only key of an item of a JSON list that is repeated for each id."""


class Variable(NamedTuple):
    """A substitution.

    Attributes:
        name: The name of the setting or of another value.
        offset: Seconds by which a time is moved.
        form: The format of a time, "" for the default.
    """

    name: str
    offset: float = 0.0
    form: str = ""


@dataclass(frozen=True, slots=True)
class Moments:
    """The times that texts may contain.

    Attributes:
        now: The present, in seconds since the Unix epoch.
        today: The start of the reporting day.
        tomorrow: The start of the next one.
        zone: The time zone of dates.
    """

    now: float
    today: float
    tomorrow: float
    zone: ZoneInfo

    def written(self, variable: Variable) -> str:
        """Return a time as text."""
        moment = {"now": self.now, "today": self.today, "tomorrow": self.tomorrow}[variable.name] + variable.offset
        return _WRITE[variable.form](moment, self.zone)


class Values(NamedTuple):
    """What is substituted in the texts of one request.

    Attributes:
        settings: The settings as text; None for one that is not set.
        typed: The settings that are numbers or booleans.
        moments: The times.
        ids: The ids of the batch.
        token: The token of the session, None if there is none.
    """

    settings: Mapping[str, str | None]
    typed: Mapping[str, float | bool]
    moments: Moments
    ids: Sequence[str] = ()
    token: str | None = None

    def text(self, variable: Variable) -> str | None:
        """Return the text of a substitution, None if the setting is not set."""
        if variable.name in TIMES:
            return self.moments.written(variable)
        if variable.name == "ids":
            return ",".join(self.ids)
        if variable.name == "id":
            return self.ids[0]
        return self.token if variable.name == "token" else self.settings[variable.name]


def parse_text(text: str) -> tuple[str | Variable, ...]:
    """Return the parts of a text: texts and substitutions.

    Raises:
        ValueError: A brace is not closed, or a substitution is invalid.
    """
    parts: list[str | Variable] = []
    for match in _PART.finditer(text):
        whole, inner = match[0], match[1]
        if inner is not None:
            parts.append(_variable(inner))
        elif whole in {"{", "}"}:
            raise ValueError("unpaired brace: write {{ or }} for a brace itself")
        else:
            parts.append({"{{": "{", "}}": "}"}.get(whole, whole))
    return tuple(parts)


def _variable(inner: str) -> Variable:
    match = _VARIABLE.fullmatch(inner)
    if match is None:
        raise ValueError(f"invalid substitution {{{inner}}}: use the name of a setting, or a time such as {{now-1h}}")
    name, offset, form = match["name"], match["offset"] or "", match["format"] or ""
    if (offset and name != "now") or (form and (name not in TIMES or form not in FORMATS)):
        raise ValueError(
            f"invalid substitution {{{inner}}}: only now can be moved, and times have the formats {', '.join(FORMATS)}"
        )
    seconds = parse_duration(offset[1:]) if offset else 0.0
    return Variable(name, -seconds if offset.startswith("-") else seconds, form)


def variables_of(value: object) -> Iterator[Variable]:
    """Yield each substitution in the texts of a value. Raises ValueError."""
    if isinstance(value, str):
        yield from (part for part in parse_text(value) if isinstance(part, Variable))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from variables_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from variables_of(inner)


def substitute(text: str, values: Values, quoted: Callable[[str], str] = str) -> str | None:
    """Return a text with its substitutions, None if it is one setting that is not set.

    Args:
        text: The text.
        values: What is substituted.
        quoted: Encodes each substituted value.
    """
    parts = parse_text(text)
    texts = [part if isinstance(part, str) else values.text(part) for part in parts]
    if len(parts) == 1 and texts[0] is None:
        return None
    pairs = zip(parts, texts, strict=True)
    return "".join(each or "" if isinstance(part, str) else quoted(each or "") for part, each in pairs)


def substitute_json(value: Any, values: Values) -> Any:  # noqa: ANN401 - a JSON document
    """Return a JSON document with the substitutions in its texts."""
    if isinstance(value, dict):
        pairs = ((key, substitute_json(inner, values)) for key, inner in value.items())
        return {key: inner for key, inner in pairs if inner is not None or value[key] is None}
    if isinstance(value, list):
        return [each for item in value for each in _items(item, values)]
    if not isinstance(value, str):
        return value
    parts = parse_text(value)
    only = parts[0] if len(parts) == 1 else None
    if isinstance(only, Variable):
        if only.name == "ids":
            return list(values.ids)
        if only.name in values.typed:
            return values.typed[only.name]
    return substitute(value, values)


def _items(item: object, values: Values) -> Iterator[object]:
    """Yield an item of a list, or one for each id of the batch."""
    if isinstance(item, dict) and item.keys() == {FOR_EACH}:
        for key in values.ids:
            yield substitute_json(item[FOR_EACH], values._replace(ids=(key,)))
    else:
        yield substitute_json(item, values)


def _utc(moment: float, _zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(moment: float, _zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(moment: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment, zone).isoformat(timespec="seconds")


def _date(moment: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment, zone).date().isoformat()


_WRITE: Final[Mapping[str, Callable[[float, ZoneInfo], str]]] = {
    "": _utc,
    "milliseconds": _milliseconds,
    "local": _local,
    "date": _date,
    "unix": lambda moment, _zone: str(int(moment)),
    "unix_ms": lambda moment, _zone: str(int(moment * 1000)),
}
