"""Row schemas, which map a vendor's fields to the model, and the decoder built from one.

A schema is the only description of a row: the decoder reads only the fields named in it, and the metrics reference in
the docs is generated from it. A bad value or row is skipped and recorded; the rest is kept.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from exporter.errors import PollError, Reason
from exporter.runtime.worker import run_in_worker
from exporter.vendors.toolkit.columns import (
    UNSET,
    Column,
    apply,
    overlay,
    read,
    record_missing,
    to_rows,
    with_default,
)
from exporter.vendors.toolkit.json_document import Notes, as_array
from exporter.vendors.toolkit.readers import Reader
from exporter.vendors.toolkit.row_types import model_defaults, row_type

M = TypeVar("M", bound=msgspec.Struct)

# Several hundred rows, which take some milliseconds.
_WORKER_FROM_BYTES = 1 << 16


class Source(NamedTuple):
    """How a value is derived from fields of a row, for one that is not a field itself.

    Attributes:
        roots: The names of the fields.
        get: Returns the value, None if there is none; receives the values of the fields, None for a missing one.
    """

    roots: tuple[str, ...]
    get: Callable[..., Any]


class Field(NamedTuple):
    """One field of a vendor and its place in the model.

    Attributes:
        name: The vendor's name of it.
        to: The model's field; `agents.busy` is the entry `busy` of the field `agents`.
        read: Converts its value to the model's; a schema reads a list of rows within the row.
        source: Where its value comes from if it is not the field of that name.
    """

    name: str
    to: str
    read: "Reader | RowSchema[Any]"
    source: Source | None = None

    @property
    def roots(self) -> tuple[str, ...]:
        """The fields of the row that it is read from."""
        return (self.name,) if self.source is None else self.source.roots


@dataclass(frozen=True, slots=True)
class RowSchema(Generic[M]):
    """How rows of one kind become instances of a model.

    Attributes:
        name: The vendor's name of the rows; prefixes a field in the notes.
        model: The type a row becomes; it has an `id`, and its fields may be given by position.
        fields: The fields. If several map to one field of the model, the first with a value counts.
        always: Fields of the model with the same value in every row.
        combine: Functions that combine the entries of a model's field into its value; without one the field is a
            mapping of the entries.
        needed: Fields of the model with a fallback for a row that does not contain them, which is recorded.
        anonymous: Whether a row without an id is kept, with "" as its id; otherwise it is dropped and recorded.
    """

    name: str
    model: type[M]
    fields: Sequence[Field]
    always: Mapping[str, object] = field(default_factory=dict)
    combine: Mapping[str, Callable[[Mapping[str, Any]], object]] = field(default_factory=dict)
    needed: Sequence[str] = ()
    anonymous: bool = False


class _PlainField(NamedTuple):
    get: Callable[[object], Any]
    to: str
    entry: str
    read: Reader
    label: str


class _ListField(NamedTuple):
    get: Callable[[object], Any]
    to: str
    decoder: "Decoder[Any]"
    name: str


class Decoder(Generic[M]):
    """Decodes rows by a schema."""

    def __init__(self, schema: RowSchema[M], path: str = "") -> None:
        """Prepare the decoding of one kind of row.

        Args:
            schema: The fields to read.
            path: The place of the rows within others, such as `trunks.`, for the notes.
        """
        self._model = schema.model
        self._always = schema.always
        self._combine = schema.combine
        self._name = path + schema.name
        self._anonymous = schema.anonymous
        # Derived from the schema, so that a field is named once and unnamed fields are never kept.
        self._row_type = row_type(tuple(dict.fromkeys(root for field in schema.fields for root in field.roots)))
        self._id_field = next((field.name for field in schema.fields if field.to == "id"), "id")
        labels = {field.to.partition(".")[0]: field.name for field in reversed(schema.fields)}
        self._needed = tuple((to, f"{self._name}.{labels[to]}") for to in schema.needed)
        self._plain_fields: list[_PlainField] = []
        self._list_fields: list[_ListField] = []
        for each in schema.fields:
            get = self._getter(each)
            if isinstance(each.read, RowSchema):
                self._list_fields.append(_ListField(get, each.to, Decoder(each.read, f"{self._name}."), each.name))
            else:
                to, _, entry = each.to.partition(".")
                self._plain_fields.append(_PlainField(get, to, entry, each.read, f"{self._name}.{each.name}"))

    def _getter(self, field: Field) -> Callable[[object], Any]:
        """Return the function that returns the value of a field from a row."""
        roots = [self._row_type.getters[root] for root in field.roots]
        if field.source is None:
            return roots[0]
        derive = field.source.get
        if len(roots) == 1:
            only = roots[0]
            return lambda row: derive(only(row))
        return lambda row: derive(*(root(row) for root in roots))

    async def read(self, raw: msgspec.Raw, notes: Notes) -> tuple[M, ...]:
        """Decode rows as `decode` does, many of them in the worker thread."""
        if memoryview(raw).nbytes < _WORKER_FROM_BYTES:
            return self.decode(raw, notes)
        return await run_in_worker(lambda: self.decode(raw, notes))

    def decode(self, raw: msgspec.Raw, notes: Notes) -> tuple[M, ...]:
        """Decode a JSON array of rows; a single object is an array of one.

        Args:
            raw: The array, undecoded.
            notes: Receives unmapped values.

        Raises:
            PollError: It is not an array, or it has rows and none is valid; the error carries the unmapped values.
        """
        raw = as_array(raw)
        try:
            rows: Iterable[Any] = self._row_type.rows.decode(raw)
        except msgspec.ValidationError:
            rows = self._decode_singly(raw, notes)
        instances = self._translate(rows, notes)
        if instances is None:
            raise PollError(Reason.INVALID, f"{self._name}: no row could be decoded", unmapped=tuple(notes))
        return instances

    def decode_one(self, raw: msgspec.Raw, notes: Notes, **known: object) -> M:
        """Decode a single row, such as the details of one agent.

        Args:
            raw: The row, a JSON object, undecoded.
            notes: Receives unmapped values.
            known: Fields of the model known from elsewhere, such as the requested id; the row's take precedence.

        Raises:
            PollError: It is not an object.
        """
        try:
            row = self._row_type.single.decode(raw)
        except msgspec.ValidationError as error:
            raise PollError(Reason.INVALID, f"{self._name}: {error}") from error
        columns = self._columns([row], notes)
        return self._model(**known | {to: value for to, (value,) in columns.items() if value is not UNSET})

    def convert(self, values: list[Any], notes: Notes) -> tuple[M, ...] | None:
        """Translate rows that are decoded already, such as a list within a row; return None if all are invalid."""
        return self._translate(self._convert(values, notes), notes)

    def _decode_singly(self, raw: msgspec.Raw, notes: Notes) -> Iterator[Any]:
        """Decode row by row, skipping and recording invalid ones."""
        try:
            singles = msgspec.json.decode(raw, type=list[msgspec.Raw])
        except msgspec.ValidationError as error:
            raise PollError(Reason.INVALID, f"{self._name}: {error}") from error
        for single in singles:
            try:
                yield self._row_type.single.decode(single)
            except msgspec.ValidationError as error:
                notes.append((self._name, str(error)))

    def _convert(self, values: list[Any], notes: Notes) -> Iterator[Any]:
        for value in values:
            try:
                yield msgspec.convert(value, self._row_type.row)
            except msgspec.ValidationError as error:
                notes.append((self._name, str(error)))

    def _translate(self, rows: Iterable[Any], notes: Notes) -> tuple[M, ...] | None:
        """Translate rows to the model; of several with one id the first is kept. Return None if all are invalid."""
        instances: dict[object, M] = {}
        noted_before = len(notes)
        decoded = list(rows)
        columns = self._columns(decoded, notes)
        without_id = "" if self._anonymous else None
        ids = columns["id"] = with_default(columns.get("id") or [UNSET] * len(decoded), lambda: without_id)
        for row, (key, instance) in enumerate(zip(ids, self._instances(columns, len(decoded)), strict=True)):
            if key is None or key in instances:
                why = "no id" if key is None else "duplicate id"  # the id itself may be a person's
                notes.append((f"{self._name}.{self._id_field}", why))
            else:
                instances[key or row] = instance
        return tuple(instances.values()) if instances or len(notes) == noted_before else None

    def _instances(self, columns: Mapping[str, Column], rows: int) -> Iterator[M]:
        """Make an instance of each row, by position: by keyword takes three times as long."""
        in_order = (
            with_default(columns[to], default) if to in columns else repeat(default(), rows)
            for to, default in model_defaults(self._model)
        )
        return map(self._model, *in_order)

    def _columns(self, rows: Sequence[object], notes: Notes) -> dict[str, Column]:
        """Return the model's fields of all rows, column by column, which is much faster than row by row."""
        columns = self._read_plain(rows, notes) | self._read_entries(rows, notes)
        columns |= {to: apply(function, columns[to]) for to, function in self._combine.items() if to in columns}
        columns |= {to: record_missing(columns.get(to), len(rows), label, notes) for to, label in self._needed}
        return columns | {each.to: self._read_lists(each, rows, notes) for each in self._list_fields}

    def _read_plain(self, rows: Sequence[object], notes: Notes) -> dict[str, Column]:
        """Return the model's plain fields; of several vendor fields for one, the first with a value counts."""
        columns: dict[str, Column] = {to: [value] * len(rows) for to, value in self._always.items()}
        for each in self._plain_fields:
            if each.entry:
                continue
            values = map(each.get, rows)
            before = columns.get(each.to)
            if before is None:
                columns[each.to] = read(list(values), each.read, each.label, notes)
            elif UNSET in before:
                unset = [value if known is UNSET else None for value, known in zip(values, before, strict=True)]
                columns[each.to] = overlay(read(unset, each.read, each.label, notes), before)
        return columns

    def _read_entries(self, rows: Sequence[object], notes: Notes) -> dict[str, Column]:
        """Return the model's fields that have several entries, as mappings of these."""
        found: defaultdict[str, dict[str, Column]] = defaultdict(dict)
        for each in self._plain_fields:
            if each.entry:
                entries = found[each.to]
                column = read(list(map(each.get, rows)), each.read, each.label, notes)
                entries[each.entry] = overlay(column, entries[each.entry]) if each.entry in entries else column
        return {to: [row or UNSET for row in to_rows(entries)] for to, entries in found.items()}

    def _read_lists(self, each: _ListField, rows: Sequence[object], notes: Notes) -> Column:
        """Return the instances listed within each row."""
        return [self._read_list(each, value, notes) for value in map(each.get, rows)]

    def _read_list(self, each: _ListField, value: object, notes: Notes) -> object:
        if isinstance(value, list | dict):
            instances = each.decoder.convert(value if isinstance(value, list) else [value], notes)
            return UNSET if instances is None else instances
        if value is not None and value != "":
            notes.append((f"{self._name}.{each.name}", f"expected a list, got {type(value).__name__}"))
        return UNSET
