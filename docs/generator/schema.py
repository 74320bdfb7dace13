"""Renders docs/contactcenter.schema.json, the JSON schema editors use to complete and validate configuration files.

It covers the vendors of this package; targets of other vendors may have any keys. Checks across keys, such as a timeout
that is longer than its interval, are left to `contactcenter-exporter check`.
"""

import json
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from docs.generator.keys import field_text, groups, keys
from exporter import plugins
from exporter.settings import FrozenModel, Poll, Section, Settings
from exporter.settings.loading.secrets import FILE_SUFFIX, secret_keys
from exporter.vendors.base import load_vendor

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# Text keys also accept values that YAML reads as numbers or booleans, such as `name: 007`.
_TEXT: Final = ["string", "number", "boolean"]


class _Generator(GenerateJsonSchema):
    """Generates schemas of the file format: with keys for secret files, and text that may look like a number."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Return the schema of a text value."""
        return {**super().str_schema(schema), "type": _TEXT}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return the schema of a mapping; secrets are not required, as they can be set outside the file."""
        result = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        secrets = secret_keys(model)
        result["required"] = [key for key in result.get("required", ()) if key not in secrets]
        files = {f"{key}{FILE_SUFFIX}": _file(model, key) for key in sorted(secrets)}
        result["properties"] = result.get("properties", {}) | files
        if issubclass(model, FrozenModel) and model.also_accepted:
            flat = Poll.model_json_schema(schema_generator=GenerateJsonSchema)["properties"]
            result["properties"] |= {key: flat[key] for key in sorted(model.also_accepted)}
        return result


def render_schema() -> str:
    """Return the schema as JSON."""
    sections = {name: model for name, model, _ in groups(Settings) if issubclass(model, Section) and name != "config"}
    vendors = {name: load_vendor(name).settings for name in plugins.names()}
    models: list[type[BaseModel]] = [*sections.values(), *vendors.values()]
    refs, definitions = models_json_schema([(model, "validation") for model in models], schema_generator=_Generator)
    schema = {
        "$schema": _DIALECT,
        "title": "contactcenter-exporter",
        "description": "Configuration file of contactcenter-exporter.",
        "type": "object",
        "required": ["targets"],
        "properties": {
            **_top_level(),
            **{name: _described(name, refs[model, "validation"]) for name, model in sections.items()},
            "targets": {
                "description": field_text(Settings.model_fields["targets"]),
                "type": "array",
                "minItems": 1,
                "items": _target({name: refs[model, "validation"] for name, model in vendors.items()}),
            },
        },
        "patternProperties": {"^x-": {"description": "Ignored; can hold YAML anchors."}},
        "additionalProperties": False,
        "$defs": definitions["$defs"],
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _top_level() -> dict[str, JsonSchemaValue]:
    """Return the top-level keys with plain values."""
    settings = Settings.model_json_schema(schema_generator=GenerateJsonSchema)["properties"]
    return {key.name: settings[key.name] for key in keys(Settings)}


def _described(name: str, ref: JsonSchemaValue) -> JsonSchemaValue:
    return {"description": field_text(Settings.model_fields[name]), **ref}


def _target(vendors: dict[str, JsonSchemaValue]) -> dict[str, Any]:
    """Return the schema of a target, whose keys depend on its vendor."""
    return {
        "type": "object",
        "required": ["name", "vendor"],
        "properties": {"vendor": {"anyOf": [{"enum": list(vendors)}, {"type": "string"}]}},
        "allOf": [
            {"if": {"properties": {"vendor": {"const": name}}, "required": ["vendor"]}, "then": ref}
            for name, ref in vendors.items()
        ],
    }


def _file(model: type[BaseModel], key: str) -> dict[str, Any]:
    return {
        "type": "string",
        "description": f"Path of a file that contains `{key}`: {field_text(model.model_fields[key])}",
    }
