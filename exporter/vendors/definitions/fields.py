"""Reads the fields of a resource: which form feeds which field of the model, with every mistake at its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from exporter.runtime.suggest import hint
from exporter.settings import Place
from exporter.settings.loading.problems import Findings
from exporter.settings.loading.validation import check
from exporter.vendors.definitions.form_rules import mistakes
from exporter.vendors.definitions.forms import FORMS, ROWS, Form, form_type
from exporter.vendors.definitions.model_fields import Kind, ModelField, model_fields
from exporter.vendors.definitions.paths import Path, parse_path
from exporter.vendors.toolkit.wait_buckets import ALL, SUM

_WITH_ENTRIES: Final = frozenset({Kind.COUNTS, Kind.HANDLED, Kind.STRUCT, Kind.WAITS})
_NESTED: Final = frozenset({Kind.HANDLED, Kind.WAITS})
_BOUND: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)
_NEEDED: Final = "id"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of the model, or one entry of it, and the forms that feed it.

    Attributes:
        to: The field; `agents.busy` is the entry `busy` of the field `agents`.
        field: What the field holds.
        forms: The forms; the first with a value counts.
        rows: The path of rows within the record; None for a value.
        inner: The fields of these rows.
    """

    to: str
    field: ModelField
    forms: tuple[Form, ...] = ()
    rows: Path | None = None
    inner: tuple["FieldSpec", ...] = ()


class FieldsReader:
    """Reads fields and reports their mistakes."""

    def __init__(self, findings: Findings) -> None:
        """Report mistakes to `findings`."""
        self._findings = findings

    def read(self, model: type[msgspec.Struct], raw: Mapping[str, Any], place: Place) -> tuple[FieldSpec, ...]:
        """Return the valid fields; mistakes are reported.

        Args:
            model: The type of the rows.
            raw: The fields as they are written.
            place: Their place in the file.
        """
        if _NEEDED not in raw:
            self._findings.add(place, f"has no field {_NEEDED}")
        known = model_fields(model)
        found: list[FieldSpec] = []
        for name, value in raw.items():
            field = known.get(name)
            if field is None:
                message = f"the model has no field {name} of a {model.__name__.lower()}"
                listed = f" (known: {', '.join(known)})"
                self._findings.add((*place, name), f"{message}{hint(name, known) or listed}")
            else:
                found += self._field(field, value, (*place, name))
        return tuple(found)

    def _field(self, field: ModelField, value: object, place: Place) -> Iterator[FieldSpec]:
        if field.kind is Kind.ROWS:
            yield from self._rows(field, value, place)
        elif self._has_entries(field, value):
            yield from self._entries(field, cast("Mapping[str, object]", value), place)
        else:
            forms = tuple(self._forms(field, value, place))
            if forms:
                yield FieldSpec(field.name, field, forms)

    def _has_entries(self, field: ModelField, value: object) -> bool:
        return field.kind in _WITH_ENTRIES and isinstance(value, dict) and form_type(value) is None

    def _entries(self, field: ModelField, value: Mapping[str, object], place: Place) -> Iterator[FieldSpec]:
        entries = dict(_nested(value, field.kind)) if field.kind in _NESTED else dict(value)
        for entry, inner in entries.items():
            at = (*place, *entry.split(".", 1))
            if message := _entry_mistake(field, entry):
                self._findings.add(at, message)
                continue
            is_sum = field.kind is Kind.WAITS and entry.endswith(f".{SUM}")
            name = f"{entry}_seconds" if is_sum else entry
            figure = ModelField(name, Kind.FIGURE, model=field.model, is_total=field.is_total, is_count=not is_sum)
            form = self._form(figure, inner, at)
            if form is not None:
                yield FieldSpec(f"{field.name}.{entry}", figure, (form,))
        if field.kind is Kind.STRUCT and (missing := set(field.words) - entries.keys()):
            self._findings.add(place, f"has no entry {', '.join(sorted(missing))}")

    def _rows(self, field: ModelField, value: object, place: Place) -> Iterator[FieldSpec]:
        if not isinstance(value, dict) or not isinstance(value.get(ROWS), str) or field.model is None:
            self._findings.add(place, f"expected a mapping with the key {ROWS} and the fields of the rows")
            return
        inner = self.read(field.model, {key: each for key, each in value.items() if key != ROWS}, place)
        try:
            yield FieldSpec(field.name, field, rows=parse_path(value[ROWS]), inner=inner)
        except ValueError as error:
            self._findings.add((*place, ROWS), str(error))

    def _forms(self, field: ModelField, value: object, place: Place) -> Iterator[Form]:
        if isinstance(value, list):
            if not value:
                self._findings.add(place, "must not be empty")
            found = (self._form(field, each, (*place, index)) for index, each in enumerate(value))
            yield from (form for form in found if form is not None)
        elif (form := self._form(field, value, place)) is not None:
            yield form

    def _form(self, field: ModelField, value: object, place: Place) -> Form | None:
        """Return the form that a value describes; None if it is invalid."""
        values = {"field": value} if isinstance(value, str) else value
        kind = form_type(values)
        if kind is None:
            known = ", ".join(FORMS)
            self._findings.add(place, f"expected a path or a mapping with one of the keys {known}")
            return None
        form = check(kind, values, place, self._findings)
        if form is None:
            return None
        for message in mistakes(field, form):
            self._findings.add(place, message)
        return form


def _entry_mistake(field: ModelField, entry: str) -> str:
    """Return what is wrong with the name of an entry, "" if nothing is."""
    outcome, _, bound = entry.partition(".")
    known = hint(outcome, field.words) or f" (known: {', '.join(field.words)})"
    if field.kind is not Kind.WAITS:
        return "" if entry in field.words else f"{field.name} has no entry {entry}{known}"
    if outcome not in field.words:
        return f"{field.name} has no entry {outcome}{known}"
    is_bound = bound in {ALL, SUM} or _BOUND.fullmatch(bound)
    return "" if is_bound else f"expected a number of seconds, {ALL} or {SUM}"


def _nested(value: Mapping[str, object], kind: Kind) -> Iterator[tuple[str, object]]:
    """Yield the entries of a mapping of mappings, with their keys joined."""
    for first, inner in value.items():
        # The key `sum` of waits is an entry, not a form.
        if isinstance(inner, dict) and (kind is Kind.WAITS or form_type(inner) is None):
            for second, form in inner.items():
                yield f"{first}.{second}", form
        else:
            yield first, inner
