"""The style of a panel's values: text, unit and colour, for the panel or one of its fields."""

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
    """A formatted value.

    Attributes:
        text: Its text.
        colour: Its colour; "" for none.
    """

    text: str
    colour: str


class FieldStyle:
    """A panel's configuration of one field."""

    def __init__(self, panel: Mapping[str, Any], field: str = "") -> None:
        config = panel["fieldConfig"]
        self._settings: dict[str, Any] = dict(config["defaults"])
        for override in config.get("overrides", ()):
            if _matches(override["matcher"], field):
                self._settings |= {item["id"]: item.get("value") for item in override["properties"]}

    def get(self, name: str) -> Any:  # noqa: ANN401 - settings have any type
        """Return a setting, or None."""
        return self._settings.get(name)

    def shown(self, value: float) -> Shown:
        """Return the text and colour of a value: of its value mapping, else of the number and its threshold."""
        for mapping in self.get("mappings") or ():
            result = _mapped(mapping, value)
            if result is not None:
                return Shown(result["text"], result["color"])
        colour = ""
        for step in (self.get("thresholds") or {}).get("steps", ()):
            if step["value"] is None or value >= step["value"]:
                colour = step["color"]
        return Shown(format_value(value, self.get("unit"), self.get("decimals")), colour)

    def line_colour(self, place: int) -> str:
        """Return the colour of a line, by its index among the lines of the panel."""
        fixed = (self.get("color") or {}).get("fixedColor")
        return fixed or _PALETTE[place % len(_PALETTE)]


def text_colour(background: str) -> str:
    """Return the text colour that is legible on a background."""
    if not background.startswith("#"):
        return "#D8D9DA"
    red, green, blue = (int(background[place : place + 2], 16) for place in (1, 3, 5))
    return "#111217" if (red * 299 + green * 587 + blue * 114) / 1000 > _BRIGHT else "white"


def format_value(value: float, unit: str, decimals: int | None) -> str:
    """Return a number with its unit, scaled and rounded like Grafana does."""
    if unit == "percentunit":
        return f"{_plain(value * 100, decimals)}%"
    if unit == "s":
        size, name = next(((size, name) for size, name in _DURATIONS if abs(value) >= size), (1, "s"))
        return f"{_plain(value / size, 1 if size > 1 else decimals)} {name}"
    if unit == "dthms":
        minutes, rest = divmod(round(value), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"
    scales = _BYTES if unit == "bytes" else ()
    size, name = next(((size, name) for size, name in scales if abs(value) >= size), (1, ""))
    suffix = {"cpm": " cpm", "none": "", "bytes": ""}.get(unit, unit.removeprefix("suffix:"))
    return f"{_plain(value / size, decimals if size == 1 else 2)}{f' {name}' if name else ''}{suffix}"


def _plain(value: float, decimals: int | None) -> str:
    if decimals is None:
        decimals = 0 if value == int(value) else 1 if abs(value) >= 10 else 2  # noqa: PLR2004 - three significant digits
    return f"{value:.{decimals}f}"


def _matches(matcher: Mapping[str, Any], field: str) -> bool:
    if matcher["id"] == "byName":
        return bool(matcher["options"] == field)
    return bool(re.search(matcher["options"].strip("/"), field))


def _mapped(mapping: Mapping[str, Any], value: float) -> Mapping[str, Any] | None:
    options = mapping["options"]
    result: Mapping[str, Any] | None
    if mapping["type"] == "range":
        result = options["result"] if options["from"] <= value <= options["to"] else None
    else:
        result = options.get(f"{value:g}")
    return result
