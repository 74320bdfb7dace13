"""Serialise a dashboard: the JSON for provisioning, and the variant for grafana.com and the import page."""

import json
from collections.abc import Iterator
from typing import Any, Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

_INPUT: Final = "DS_PROMETHEUS"
_GRAFANA: Final = "11.0.0"  # the oldest supported version
_NAMES: Final = {
    "bargauge": "Bar gauge",
    "stat": "Stat",
    "state-timeline": "State timeline",
    "table": "Table",
    "timeseries": "Time series",
}


def provisioned(board: model.Dashboard) -> str:
    """Return the JSON for Grafana's file provider."""
    return _text(_data(board))


def importable(board: model.Dashboard) -> str:
    """Return the JSON for the import page, which asks for the data source; otherwise identical."""
    data = _data(board)
    for variable in data["templating"]["list"]:
        if variable["type"] == "datasource":
            variable["current"] = {"selected": True, "text": f"${{{_INPUT}}}", "value": f"${{{_INPUT}}}"}
    data["__inputs"] = [
        {
            "name": _INPUT,
            "label": "Prometheus",
            "description": "The Prometheus that scrapes contactcenter-exporter and has its recording rules.",
            "type": "datasource",
            "pluginId": "prometheus",
            "pluginName": "Prometheus",
        }
    ]
    data["__elements"] = {}
    data["__requires"] = [
        {"type": "grafana", "id": "grafana", "name": "Grafana", "version": _GRAFANA},
        {"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"},
        *({"type": "panel", "id": kind, "name": _NAMES[kind], "version": ""} for kind in sorted(set(_kinds(data)))),
    ]
    return _text(data)


def _data(board: model.Dashboard) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(JSONEncoder().encode(board))
    # A placement would move the links and the alerts toggle into a menu.
    for item in (*data["links"], *data["annotations"]["list"]):
        item.pop("placement", None)
    return data


def _kinds(data: dict[str, Any]) -> Iterator[str]:
    for panel in data["panels"]:
        if panel["type"] == "row":
            yield from _kinds(panel)
        else:
            yield panel["type"]


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
