"""Validates raw values against a model and reports each problem with its location."""

from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from exporter.runtime.suggest import hint, nearest
from exporter.settings.loading import environment, messages
from exporter.settings.loading.problems import Findings
from exporter.settings.loading.secrets import FILE_SUFFIX, inner_model, known_keys, read_secret_files, secret_keys
from exporter.settings.loading.yaml_positions import Place
from exporter.settings.sections import MISSING, Section

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=Section)

_UNKNOWN: Final = "extra_forbidden"
_MISSING_KEY: Final = "missing"


def check(model: type[M], values: object, place: Place, findings: Findings, *, any_key: bool = False) -> M | None:
    """Validate raw values.

    Args:
        model: The model to build.
        values: The raw values.
        place: The place of the values.
        findings: Receives each problem.
        any_key: Whether to ignore unknown keys, because the full set of keys is not known.

    Returns:
        The model; None if the values are invalid.
    """
    try:
        return model.model_validate(values, context=findings.directory)
    except ValidationError as error:
        details = error.errors(include_url=False)
        misspelt = {_intended(model, detail["loc"]) for detail in details if detail["type"] == _UNKNOWN}
        for detail in details:
            ignored = any_key and detail["type"] == _UNKNOWN and len(detail["loc"]) == 1
            if not ignored and not (detail["type"] == _MISSING_KEY and detail["loc"] in misspelt):
                _report(model, detail, (*place, *_configured_place(values, detail)), len(place), findings)
        return None


def check_section(model: type[S], raw: object, defaults: S, place: Place, findings: Findings) -> S:
    """Return a section's effective values: those set at a place, and defaults for the others.

    Valid keys are used even if others are invalid, so that one problem is not reported again as another's consequence.
    """
    if not isinstance(raw, dict):
        check(model, raw, place, findings)
        return defaults
    values = read_secret_files(model, raw, place, findings)
    own = check(model, values, place, findings)
    if own is None:
        invalid = findings.below(place)
        valid = {key: value for key, value in values.items() if key not in invalid}
        return model.model_validate(valid).with_defaults(defaults)
    effective = own.with_defaults(defaults)
    if own.model_fields_set:
        for key, message in effective.mistakes():
            is_missing = message == MISSING
            findings.add((*place, key), missing((*place, key), model, findings) if is_missing else message)
    return effective


def missing(place: Place, owner: type[BaseModel] | None, findings: Findings) -> str:
    """Return the message for a missing key; for a secret, it lists the ways to set it."""
    key = str(place[-1])
    if owner is None or key not in secret_keys(owner):
        return MISSING
    variable = environment.variable(place, findings.target_name(place))
    return f"{MISSING}; set {key}, {key}{FILE_SUFFIX} or {variable}"


def _report(model: type[BaseModel], detail: ErrorDetails, place: Place, depth: int, findings: Findings) -> None:
    owner = _owner(model, place[depth:-1])
    if detail["type"] == _UNKNOWN:
        message = _unknown(str(place[-1]), owner)
    elif detail["type"] == _MISSING_KEY:
        message = missing(place, owner, findings)
    else:
        message = messages.message(detail)
    findings.add(place, message)


def _unknown(key: str, owner: type[BaseModel] | None) -> str:
    known = known_keys(owner) if owner else frozenset()
    listed = f" (known: {', '.join(sorted(known))})" if known else ""
    return f"unknown key{hint(key, known) or listed}"


def _intended(model: type[BaseModel], place: Place) -> Place:
    """Return the field an unknown key was probably meant for, so that it is not also reported as missing."""
    owner = _owner(model, place[:-1])
    key = nearest(str(place[-1]), known_keys(owner)) if owner else None
    if owner is None or key is None:
        return ()
    return (*place[:-1], key if key in owner.model_fields else key.removesuffix(FILE_SUFFIX))


def _owner(model: type[BaseModel], steps: Place) -> type[BaseModel] | None:
    """Return the model at the end of a path."""
    owner: type[BaseModel] | None = model
    for step in steps:
        if isinstance(step, str) and owner is not None:
            owner = inner_model(owner, step)
    return owner


def _configured_place(values: object, detail: ErrorDetails) -> Place:
    """Return the path of an error without the steps pydantic adds for the branches of a union."""
    steps: list[str | int] = []
    for step in detail["loc"]:
        if not _contains(values, step):
            # A missing key is not among the values but is the key to report.
            return (*steps, step) if detail["type"] == _MISSING_KEY else tuple(steps)
        values = values[step]  # type: ignore[index]
        steps.append(step)
    return tuple(steps)


def _contains(values: object, step: str | int) -> bool:
    if isinstance(values, Mapping):
        return step in values
    return isinstance(values, list) and isinstance(step, int) and step < len(values)
