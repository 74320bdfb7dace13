"""The chart's values.schema.json: every value with its type, and no other."""

import json

from helm.generator.values import Value

_DRAFT = "http://json-schema.org/draft-07/schema#"
# What a chart that has this one as a part may share with it.
_GLOBAL = {"type": "object", "description": "Values a parent chart shares with all its parts; none is used here."}


def render(values: tuple[Value, ...]) -> str:
    """Return the schema as JSON."""
    schema = {
        "$schema": _DRAFT,
        "title": "Values of the chart contactcenter-exporter",
        "type": "object",
        "additionalProperties": False,
        "properties": {**_properties(values), "global": _GLOBAL},
    }
    return json.dumps(schema, indent=2) + "\n"


def _properties(values: tuple[Value, ...]) -> dict[str, object]:
    return {value.path[-1]: _schema(value) for value in values}


def _schema(value: Value) -> dict[str, object]:
    if value.inner:
        described = {"description": f"Values under {value.name}."}
        return described | {"type": "object", "additionalProperties": False, "properties": _properties(value.inner)}
    return {"description": value.text, "type": value.kind, "default": value.default} | value.schema
