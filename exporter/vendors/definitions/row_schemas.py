"""Makes the row schema of a resource from its fields."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from exporter.model import Agent, TrunkPort
from exporter.vendors.definitions.combining import combined
from exporter.vendors.definitions.count_readers import count_reader, pivot_reader
from exporter.vendors.definitions.fields import FieldSpec
from exporter.vendors.definitions.form_rules import default_reader
from exporter.vendors.definitions.forms import (
    Constant,
    Count,
    Extreme,
    Form,
    FromList,
    FromSetting,
    Join,
    PivotedCounts,
    Sum,
    ValueAt,
)
from exporter.vendors.definitions.model_fields import Kind, ModelField
from exporter.vendors.definitions.scope import Scope
from exporter.vendors.definitions.settings_model import applies
from exporter.vendors.definitions.sources import (
    count_source,
    extreme_source,
    join_source,
    lookup_source,
    pivot_source,
    sum_source,
)
from exporter.vendors.definitions.value_readers import ResponseTime, WordTable, reader_of
from exporter.vendors.toolkit.columns import UNSET
from exporter.vendors.toolkit.decoder import Field, RowSchema, Source
from exporter.vendors.toolkit.readers import Reader

_NEEDED: Final[Mapping[type, str]] = {Agent: "state", TrunkPort: "state"}


class _Given(NamedTuple):
    """A value of the model that the definition gives in place of one that the response does not contain."""

    value: object


class SchemaCompiler:
    """Makes row schemas for one target.

    Attributes:
        settings: The values of the target's settings; None to include the forms of all settings, for the reference.
    """

    def __init__(self, scope: Scope, time: ResponseTime, settings: Mapping[str, object] | None) -> None:
        """Prepare the schemas of one resource.

        Args:
            scope: What the forms refer to.
            time: The time of the response, for ages.
            settings: The values of the target's settings, None for the reference.
        """
        self._scope = scope
        self._time = time
        self.settings = settings

    def schema(self, name: str, model: type[msgspec.Struct], specs: Iterable[FieldSpec]) -> RowSchema[Any]:
        """Return the schema of rows.

        Args:
            name: The name of the rows, for notes.
            model: The type they become.
            specs: Their fields.
        """
        specs = list(specs)
        always = {spec.to: value for spec in specs for value in self._always(spec)}
        fields = tuple(field for spec in specs if spec.to not in always for field in self._fields(spec))
        needed = _NEEDED.get(model)
        return RowSchema(
            name,
            model,
            fields,
            always,
            combined(specs),
            (needed,) if needed and any(field.to == needed for field in fields) else (),
            anonymous=model is TrunkPort,
        )

    def _always(self, spec: FieldSpec) -> Iterator[object]:
        """Yield the value that a field has in every row, if it has one."""
        forms = [form for form in spec.forms if self._applies(form)]
        first = forms[0] if forms else None
        if "." in spec.to or not isinstance(first, Constant | FromSetting):
            return
        value = self._constant(spec.field, first)
        if value is not None:
            yield value

    def _fields(self, spec: FieldSpec) -> Iterator[Field]:
        if spec.rows is not None and spec.field.model is not None:
            inner = self.schema(spec.rows.text, spec.field.model, spec.inner)
            yield Field(spec.rows.text, spec.to, inner, self._scope.source(spec.rows.text))
        for form in spec.forms:
            if self._applies(form):
                yield from self._form(spec, form)

    def _applies(self, form: Form) -> bool:
        return self.settings is None or applies(form.when, self.settings)

    def _form(self, spec: FieldSpec, form: Form) -> Iterator[Field]:
        """Yield the fields of the schema that one form becomes."""
        field = spec.field
        reader = self._reader(field, form)
        for name, source in self._sources(field, form):
            if form.absent is None:
                yield Field(name, spec.to, reader, source)
            else:
                given = _Given(_model_value(field, form.absent))
                yield Field(name, spec.to, _or_given(reader), _with_given(name, source, given))

    def _sources(self, field: ModelField, form: Form) -> Iterator[tuple[str, Source | None]]:
        """Yield the name of each value and where it comes from."""
        scope = self._scope
        match form:
            case ValueAt():
                paths = [form.field] if isinstance(form.field, str) else form.field
                yield from ((_name(path), scope.source(path)) for path in paths)
            case Sum():
                yield " + ".join([form.sum] if isinstance(form.sum, str) else form.sum), sum_source(form, scope)
            case Extreme():
                yield " + ".join(form.paths), extreme_source(form, scope)
            case Join():
                yield " + ".join(form.join), join_source(form, scope)
            case FromList():
                yield f"{form.source}.{form.field}", lookup_source(form, scope)
            case Count():
                yield form.count, count_source(form, scope)
            case PivotedCounts():
                yield form.name, pivot_source(form, scope)
            case Constant() | FromSetting():
                value = self._constant(field, form)
                yield "(constant)", Source((), lambda: value)

    def _reader(self, field: ModelField, form: Form) -> Reader:
        match form:
            case Constant() | FromSetting() | Count(by=None):
                return _unchanged
            case Count():
                return count_reader(_words(field, form))
            case PivotedCounts():
                return pivot_reader(None if form.words is None else _words(field, form), zero=form.zero)
        return _words(field, form).reader() if field.kind is Kind.WORD else self._value_reader(field, form)

    def _value_reader(self, field: ModelField, form: Form) -> Reader:
        reader = reader_of(form.read or default_reader(field), self._time)
        match form:
            case Sum():
                return _combining(reader, sum)
            case Extreme():
                return _combining(reader, max if form.least is None else min)
        return reader

    def _constant(self, field: ModelField, form: Constant | FromSetting) -> object:
        if isinstance(form, Constant):
            return _model_value(field, form.value)
        value = None if self.settings is None else self.settings.get(form.setting)
        return None if value is None else _model_value(field, _written(value))


def _words(field: ModelField, form: Form) -> WordTable:
    """Return the words of a form."""
    unknown = form.unknown or ("unknown" if "unknown" in field.words else None)
    otherwise = form.otherwise if "otherwise" in form.model_fields_set else UNSET
    return WordTable(form.words or {}, unknown, otherwise)


def _written(value: object) -> str:
    """Return a value as it is written in a configuration."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _model_value(field: ModelField, written: str) -> object:
    """Return a constant of a definition as a value of the model."""
    if field.kind is not Kind.FIGURE:
        return written
    number = float(written)
    return int(number) if number.is_integer() else number


def _name(path: str) -> str:
    """Return the name of a path; that of a quoted key is the key."""
    return path.strip('"') if path.count('"') == 2 and path[0] == path[-1] == '"' else path  # noqa: PLR2004 - two quotes


def _unchanged(value: object) -> object:
    return value


def _combining(reader: Reader, combine: Callable[[Iterable[Any]], object]) -> Reader:
    """Return a reader of a list of values that combines them."""

    def read(values: Any) -> object:  # noqa: ANN401 - the list that the source returns
        return combine([reader(value) for value in values])

    return read


def _with_given(name: str, source: Source | None, given: _Given) -> Source:
    roots, get = source or Source((name,), _unchanged)

    def value(*values: object) -> object:
        found = get(*values)
        return given if found is None or found == "" else found

    return Source(roots, value)


def _or_given(reader: Reader) -> Reader:
    def read(value: object) -> object:
        return value.value if isinstance(value, _Given) else reader(value)

    return read
