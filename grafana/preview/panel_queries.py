"""The panels of a dashboard and their PromQL, with variables interpolated like Grafana does."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "dashboards"
ALL: Final = ".*"  # the value of a variable if All is selected

_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")


def boards() -> dict[str, dict[str, Any]]:
    """Return every dashboard, by its file name without the suffix."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def panels(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every panel of a dashboard but its rows, including the panels in collapsed rows."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def interpolate(expression: str, values: Mapping[str, str]) -> str:
    """Return an expression with its variables interpolated.

    Args:
        expression: The PromQL of a panel.
        values: The values of variables, by name; all others select everything.
    """
    return _VARIABLE.sub(lambda match: values.get(match[1] or match[2], ALL), expression)
