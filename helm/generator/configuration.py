"""The schema of `config`: the program's own, so that a mistake fails the upgrade and not the pod after it."""

import json
from typing import Any, Final

from docs.generator.schema import render_schema

_TARGETS: Final = "targets"
# What every target needs to be told apart; the rest may come from the environment (`extraEnv`, `extraEnvFrom`).
_NEEDED: Final = frozenset({"name", "vendor"})


def schema() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the keywords of `config` and the definitions they refer to, both in the dialect of draft 7.

    That there is a target is left to the templates, whose message says what to do, and so is where secrets belong.
    """
    text = render_schema().replace('"#/$defs/', '"#/definitions/')
    made: dict[str, Any] = json.loads(text, object_hook=_without_required)
    keywords = {key: made[key] for key in ("properties", "patternProperties", "additionalProperties")}
    keywords["properties"][_TARGETS].pop("minItems")
    return keywords, made["$defs"]


def _without_required(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the schema that requires nothing but what it must."""
    required = part.get("required")
    if isinstance(required, list):
        part["required"] = [key for key in required if key in _NEEDED]
        if not part["required"]:
            del part["required"]
    return part
