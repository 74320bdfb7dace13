"""How a panel wants its numbers to look: text with a unit, word and colour, for the panel or for one field of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_DURATIONS: Final = ((86400, "days"), (3600, "hours"), (60, "mins"), (1, "s"), (0.001, "ms"))
_BYTES: Final = ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB"))
_BRIGHT: Final = 140  # of 255
_PALETTE: Final = (
    *("#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#705DA0", "#37872D", "#FADE2A"),
    *("#447EBC", "#C15C17", "#890F02", "#0A437C", "#6D1F62", "#584477", "#B7DBAB", "#F4D598", "#70DBED", "#F9BA8F"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it is shown.

    Attributes:
        text: Its text.
        colour: Its colour; "" where it has none.
    """

    text: str
    colour: str


class Look:
    """A panel's configuration of one field."""

    def __init__(self, panel: Mapping[str, Any], field: str = "") -> None:
        config = panel["fieldConfig"]
        self._found: dict[str, Any] = dict(config["defaults"])
        for override in config.get("overrides", ()):
            if _matches(override["matcher"], field):
                self._found |= {item["id"]: item.get("value") for item in override["properties"]}

    def get(self, name: str) -> Any:  # noqa: ANN401 - settings are of any kind
        """Return a setting, or None."""
        return self._found.get(name)

    def shown(self, value: float) -> Shown:
        """Return a value's text and colour: the mapped word where there is one, else the number and its threshold."""
        for mapping in self.get("mappings") or ():
            result = _mapped(mapping, value)
            if result is not None:
                return Shown(result["text"], result["color"])
        colour = ""
        for step in (self.get("thresholds") or {}).get("steps", ()):
            if step["value"] is None or value >= step["value"]:
                colour = step["color"]
        return Shown(text_of(value, self.get("unit"), self.get("decimals")), colour)

    def line_colour(self, place: int) -> str:
        """Return the colour of the line that stands at a place among the panel's lines."""
        fixed = (self.get("color") or {}).get("fixedColor")
        return fixed or _PALETTE[place % len(_PALETTE)]


def ink(ground: str) -> str:
    """Return the colour of letters that can be read on a ground."""
    if not ground.startswith("#"):
        return "#D8D9DA"
    red, green, blue = (int(ground[place : place + 2], 16) for place in (1, 3, 5))
    return "#111217" if (red * 299 + green * 587 + blue * 114) / 1000 > _BRIGHT else "white"


def text_of(value: float, unit: str, decimals: int | None) -> str:
    """Return a number with its unit, shortened the way Grafana does."""
    if unit == "percentunit":
        return f"{_plain(value * 100, decimals)}%"
    if unit == "s":
        size, name = next(((size, name) for size, name in _DURATIONS if abs(value) >= size), (1, "s"))
        return f"{_plain(value / size, 1 if size > 1 else decimals)} {name}"
    scales = _BYTES if unit == "bytes" else ()
    size, name = next(((size, name) for size, name in scales if abs(value) >= size), (1, ""))
    suffix = {"cpm": " cpm", "none": "", "bytes": ""}.get(unit, unit.removeprefix("suffix:"))
    return f"{_plain(value / size, decimals if size == 1 else 2)}{f' {name}' if name else ''}{suffix}"


def _plain(value: float, decimals: int | None) -> str:
    if decimals is None:
        decimals = 0 if value == int(value) else 1 if abs(value) >= 10 else 2  # noqa: PLR2004 - three digits in all
    return f"{value:.{decimals}f}"


def _matches(matcher: Mapping[str, Any], field: str) -> bool:
    if matcher["id"] == "byName":
        return bool(matcher["options"] == field)
    return bool(re.search(matcher["options"].strip("/"), field))


def _mapped(mapping: Mapping[str, Any], value: float) -> Mapping[str, Any] | None:
    options = mapping["options"]
    found: Mapping[str, Any] | None
    if mapping["type"] == "range":
        found = options["result"] if options["from"] <= value <= options["to"] else None
    else:
        found = options.get(f"{value:g}")
    return found
