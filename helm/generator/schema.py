"""The chart's values.schema.json: every value with its type, and no other."""

import json
from typing import Any

from helm.generator import configuration
from helm.generator.values import Value

_DRAFT = "http://json-schema.org/draft-07/schema#"
# What a chart that has this one as a part may share with it.
_GLOBAL = {"type": "object", "description": "Values a parent chart shares with all its parts; none is used here."}


_CONFIG = "config"


def render(values: tuple[Value, ...]) -> str:
    """Return the schema as JSON."""
    group = _group(values)
    config, definitions = configuration.schema()
    schema = {
        "$schema": _DRAFT,
        "title": "Values of the chart contactcenter-exporter",
        **group,
        "properties": {**group["properties"], "global": _GLOBAL},
        "definitions": definitions,
    }
    if _CONFIG in group["properties"]:
        schema["properties"][_CONFIG] |= config
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _group(values: tuple[Value, ...]) -> dict[str, Any]:
    """Return the schema of values that stand together: no others, and all that templates need."""
    needed = [value.path[-1] for value in values if not may_be_taken_away(value)]
    properties = {value.path[-1]: _schema(value) for value in values}
    return {"type": "object", "additionalProperties": False, "required": needed, "properties": properties}


def may_be_taken_away(value: Value) -> bool:
    """Return whether nothing is left of a value, which templates take for an empty one, where `null` stands for it."""
    return not value.inner and value.kind in {"object", "array"} and "minItems" not in value.schema


def _schema(value: Value) -> dict[str, Any]:
    if value.inner:
        return {"description": f"Values under {value.name}.", **_group(value.inner)}
    return {"description": value.text, "type": value.kind, "default": value.default} | value.schema
