"""What a board asks: its panels, and their PromQL with the variables filled in as Grafana fills them."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "dashboards"
EVERYTHING: Final = ".*"  # what the boards' variables stand for where All is chosen

_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")


def boards() -> dict[str, dict[str, Any]]:
    """Return every board, by its file's name without the ending."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def panels(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every panel of a board that shows something, also those in rows that are opened by a click."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def filled(expression: str, values: Mapping[str, str]) -> str:
    """Return an expression with its variables filled in.

    Args:
        expression: PromQL as the board has it.
        values: What variables stand for, by name; every other one stands for everything.
    """
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], EVERYTHING), expression)
