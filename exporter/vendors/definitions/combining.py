"""Functions that combine the entries of a field of the model into its value."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from exporter.vendors.definitions.fields import FieldSpec
from exporter.vendors.toolkit.assemble import handled_contacts
from exporter.vendors.toolkit.wait_buckets import wait_histograms

Combine = Callable[[Mapping[str, Any]], object]


def combined(specs: Iterable[FieldSpec]) -> dict[str, Combine]:
    """Return the functions of all fields that need one; other fields are mappings of their entries."""
    entries: dict[str, list[str]] = {}
    models: dict[str, type[msgspec.Struct]] = {}
    for spec in specs:
        name, _, entry = spec.to.partition(".")
        if entry:
            entries.setdefault(name, []).append(entry)
            if spec.field.model is not None:
                models[name] = spec.field.model
    functions = {name: _struct_of(model) for name, model in models.items()}
    if "handled" in entries:
        functions["handled"] = handled_contacts
    if "waits" in entries:
        functions["waits"] = _waits_of(entries["waits"])
    return functions


def _struct_of(model: type[msgspec.Struct]) -> Combine:
    """Return a function that makes a struct of its fields; None if one is missing."""

    def combine(entries: Mapping[str, Any]) -> object:
        return model(**entries) if len(entries) == len(model.__struct_fields__) else None

    return combine


def _waits_of(expected: Iterable[str]) -> Combine:
    """Return a function that makes histograms; one with a missing bucket is left out, as its buckets would change."""
    by_outcome: dict[str, set[str]] = {}
    for entry in expected:
        by_outcome.setdefault(entry.partition(".")[0], set()).add(entry)

    def combine(entries: Mapping[str, Any]) -> object:
        complete = [names for names in by_outcome.values() if names <= entries.keys()]
        return wait_histograms({name: entries[name] for names in complete for name in names})

    return combine
