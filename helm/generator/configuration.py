"""The schema of `config`: that of the exporter, so that an error fails the upgrade and not the new pod."""

import json
from typing import Any, Final

from docs.generator.schema import render_schema

_TARGETS: Final = "targets"
# These identify a target; other keys may come from the environment (`extraEnv`, `extraEnvFrom`).
_REQUIRED: Final = frozenset({"name", "vendor"})


def schema() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the keywords of `config` and the definitions they refer to, both in the dialect of draft 7.

    The templates check that there is a target and no secret: their messages contain the fix.
    """
    text = render_schema().replace('"#/$defs/', '"#/definitions/')
    document: dict[str, Any] = json.loads(text, object_hook=_without_required)
    keywords = {key: document[key] for key in ("properties", "patternProperties", "additionalProperties")}
    keywords["properties"][_TARGETS].pop("minItems")
    return keywords, document["$defs"]


def _without_required(part: dict[str, Any]) -> dict[str, Any]:
    """Return an object of the schema that requires only the keys that identify a target."""
    required = part.get("required")
    if isinstance(required, list):
        part["required"] = [key for key in required if key in _REQUIRED]
        if not part["required"]:
            del part["required"]
    return part
