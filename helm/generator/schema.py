"""The values.schema.json of the chart: every value with its type, and no others but globals."""

import json
from typing import Any

from helm.generator import alerts, configuration
from helm.generator.values import Value

_DRAFT = "http://json-schema.org/draft-07/schema#"
_CONFIG = "config"
# Helm passes the globals of a parent chart to every chart below it, which uses some of them.
_GLOBAL = "global"


def render(values: tuple[Value, ...]) -> str:
    """Return the schema as JSON."""
    group = _group(values)
    config, definitions = configuration.schema()
    schema = {
        "$schema": _DRAFT,
        "title": "Values of the chart contactcenter-exporter",
        **group,
        "definitions": {**definitions, "alertOverrides": alerts.schema()},
    }
    if _CONFIG in group["properties"]:
        schema["properties"][_CONFIG] |= config
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _group(values: tuple[Value, ...]) -> dict[str, Any]:
    """Return the schema of a group of values: no others are allowed, and those the templates need are required."""
    required = [value.path[-1] for value in values if not is_removable(value) and value.path != (_GLOBAL,)]
    properties = {value.path[-1]: _schema(value) for value in values}
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _open_group(values: tuple[Value, ...]) -> dict[str, Any]:
    """Return the schema of a group that other charts add values to."""
    return {"type": "object", "properties": {value.path[-1]: _schema(value) for value in values}}


def is_removable(value: Value) -> bool:
    """Return whether `null` may remove a value: the templates treat a missing map or list as empty."""
    return not value.inner and value.kind in {"object", "array"} and "minItems" not in value.schema


def _schema(value: Value) -> dict[str, Any]:
    if value.inner:
        group = _open_group if value.path == (_GLOBAL,) else _group
        return {"description": f"Values under {value.name}.", **group(value.inner)}
    return {"description": value.text, "type": value.kind, "default": value.default} | value.schema
