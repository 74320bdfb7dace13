"""The style of a panel's values: text, unit and colour, for the panel or one of its fields."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from grafana.preview.units import format_value

_BRIGHT: Final = 140  # of 255
# Grafana's scheme from pale yellow to blue, which colours a line by its last value.
_BY_VALUE: Final = "continuous-YlBl"
_LOW: Final = (0xFF, 0xF8, 0x99)
_HIGH: Final = (0x1F, 0x60, 0xC4)


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
    """A panel's configuration of one field.

    Args:
        panel: The JSON of the panel.
        field: The name of the field.
        ref_id: The id of its query.
    """

    def __init__(self, panel: Mapping[str, Any], field: str = "", ref_id: str = "") -> None:
        config = panel["fieldConfig"]
        self._settings: dict[str, Any] = dict(config["defaults"])
        for override in config.get("overrides", ()):
            if _matches(override["matcher"], field, ref_id):
                self._settings |= {item["id"]: item.get("value") for item in override["properties"]}

    def get(self, name: str) -> Any:  # noqa: ANN401 - settings have any type
        """Return a setting, or None."""
        return self._settings.get(name)

    def shown(self, value: float) -> Shown:
        """Return the text and colour of a value: of its value mapping, else of the number and its threshold."""
        for mapping in self.get("mappings") or ():
            result = _mapped(mapping, value)
            if result is not None:
                return Shown(result["text"], result.get("color") or self._fixed() or "")
        colour = self._fixed() or ""
        for step in () if colour else (self.get("thresholds") or {}).get("steps", ()):
            if step["value"] is None or value >= step["value"]:
                colour = step["color"]
        return Shown(format_value(value, self.get("unit"), self.get("decimals")), colour)

    def line_colour(self, share: float) -> str:
        """Return the colour of a line, by the place of its last value between the lowest (0) and the highest (1).

        Raises:
            ValueError: The panel's colour scheme is another one.
        """
        fixed = self._fixed()
        if fixed:
            return fixed
        scheme = (self.get("color") or {}).get("mode")
        if scheme != _BY_VALUE:
            raise ValueError(f"unknown colour scheme {scheme!r}")
        red, green, blue = (round(low + (high - low) * share) for low, high in zip(_LOW, _HIGH, strict=True))
        return f"#{red:02X}{green:02X}{blue:02X}"

    def _fixed(self) -> str | None:
        colour: str | None = (self.get("color") or {}).get("fixedColor")
        return colour


def text_colour(background: str) -> str:
    """Return the text colour that is legible on a background."""
    if not background.startswith("#"):
        return "#D8D9DA"
    red, green, blue = (int(background[place : place + 2], 16) for place in (1, 3, 5))
    return "#111217" if (red * 299 + green * 587 + blue * 114) / 1000 > _BRIGHT else "white"


def _matches(matcher: Mapping[str, Any], field: str, ref_id: str) -> bool:
    if matcher["id"] == "byFrameRefID":
        return bool(matcher["options"] == ref_id)
    if matcher["id"] == "byName":
        return bool(matcher["options"] == field)
    return bool(re.search(matcher["options"].strip("/"), field))


def _mapped(mapping: Mapping[str, Any], value: float) -> Mapping[str, Any] | None:
    options = mapping["options"]
    result: Mapping[str, Any] | None
    if mapping["type"] == "special":
        result = options["result"] if options["match"] == "nan" and math.isnan(value) else None
    elif mapping["type"] == "range":
        result = options["result"] if options["from"] <= value <= options["to"] else None
    else:
        result = options.get(f"{value:g}")
    return result
