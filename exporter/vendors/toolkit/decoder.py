"""Tables: which field of a vendor's row feeds which field of the model, and the decoder made of one.

A table is all that is said of a row: the decoder reads only the fields named in it, and the reference in the docs is
made of it. One bad value costs that value and one bad row that row; each is noted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from exporter.errors import PollError, Reason
from exporter.runtime.worker import run_in_worker
from exporter.vendors.toolkit.columns import UNSET, Column, across, filled, made, noted, over, read
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.readers import Reader
from exporter.vendors.toolkit.row_types import nothing, places, shape

M = TypeVar("M", bound=msgspec.Struct)

# Several hundred rows, which take some milliseconds.
_BESIDE_FROM_BYTES = 1 << 16


class Field(NamedTuple):
    """One field of a vendor and what it means.

    Attributes:
        field: The vendor's name of it.
        to: The model's field; `agents.busy` is the entry `busy` of the field `agents`.
        read: How its value becomes the model's; a table reads a list of rows within the row.
    """

    field: str
    to: str
    read: "Reader | RowSchema[Any]"


@dataclass(frozen=True, slots=True)
class RowSchema(Generic[M]):
    """How one kind of row becomes one kind of thing.

    Attributes:
        name: What the vendor calls the rows; stands before a field where it is noted.
        model: What a row becomes; it has an `id`, and its fields may be given by their position.
        feeds: The fields. Of several that feed the same field of the model, the first with a value counts.
        always: Fields of the model that are alike in every row.
        made: How fields of the model are made of the entries that feed them, where they are not kept as a mapping.
        needed: Fields of the model for which something stands in where a row does not tell them: that is noted.
    """

    name: str
    model: type[M]
    feeds: Sequence[Field]
    always: Mapping[str, object] = field(default_factory=dict)
    made: Mapping[str, Callable[[Mapping[str, Any]], object]] = field(default_factory=dict)
    needed: Sequence[str] = ()


class _Step(NamedTuple):
    told: Callable[[object], Any]
    to: str
    entry: str
    read: Reader
    label: str


class _List(NamedTuple):
    told: Callable[[object], Any]
    to: str
    within: "Decoder[Any]"
    label: str


class Decoder(Generic[M]):
    """Reads rows as a table says."""

    def __init__(self, table: RowSchema[M], path: str = "") -> None:
        """Prepare the reading of one kind of row.

        Args:
            table: What is said of it.
            path: Where the rows stand within others, such as `trunks.`, for the notes.
        """
        self._model = table.model
        self._always = table.always
        self._made = table.made
        self._name = path + table.name
        # Made of the table, so that a field is named once and what is not named is never kept.
        self._shape = shape(tuple(dict.fromkeys(feed.field for feed in table.feeds)))
        self._id_field = next((feed.field for feed in table.feeds if feed.to == "id"), "id")
        labels = {feed.to.partition(".")[0]: feed.field for feed in reversed(table.feeds)}
        self._needed = tuple((to, f"{self._name}.{labels[to]}") for to in table.needed)
        self._steps: list[_Step] = []
        self._lists: list[_List] = []
        for feed in table.feeds:
            told = self._shape.told[feed.field]
            if isinstance(feed.read, RowSchema):
                self._lists.append(_List(told, feed.to, Decoder(feed.read, f"{self._name}."), feed.field))
            else:
                to, _, entry = feed.to.partition(".")
                self._steps.append(_Step(told, to, entry, feed.read, f"{self._name}.{feed.field}"))

    async def read(self, raw: msgspec.Raw, notes: Notes) -> tuple[M, ...]:
        """Read the rows of a JSON array as `decode` does, many of them beside the event loop."""
        if memoryview(raw).nbytes < _BESIDE_FROM_BYTES:
            return self.decode(raw, notes)
        return await run_in_worker(lambda: self.decode(raw, notes))

    def decode(self, raw: msgspec.Raw, notes: Notes) -> tuple[M, ...]:
        """Read the rows of a JSON array.

        Args:
            raw: The array as it came.
            notes: Receives what had no meaning.

        Raises:
            PollError: It is no array, or has rows of which none can be read; what had no meaning goes with it.
        """
        try:
            rows: Iterable[Any] = self._shape.rows.decode(raw)
        except msgspec.ValidationError:
            rows = self._singly(raw, notes)
        things = self._distinct(rows, notes)
        if things is None:
            message = f"{self._name}: none of the rows can be read"
            raise PollError(Reason.INVALID, message, unmapped=tuple(notes))
        return things

    def decode_one(self, raw: msgspec.Raw, notes: Notes, **known: object) -> M:
        """Read one row that stands alone, such as somebody's own page.

        Args:
            raw: The row as it came, a JSON object.
            notes: Receives what had no meaning.
            known: Fields of the model known without it, such as the id it was asked for by; the row's go before them.

        Raises:
            PollError: It is no object.
        """
        try:
            row = self._shape.single.decode(raw)
        except msgspec.ValidationError as error:
            raise PollError(Reason.INVALID, f"{self._name}: {error}") from error
        columns = self._columns([row], notes)
        return self._model(**known | {to: told for to, (told,) in columns.items() if told is not UNSET})

    def _singly(self, raw: msgspec.Raw, notes: Notes) -> Iterator[Any]:
        """Read row by row, so that a bad one costs no other."""
        try:
            singles = msgspec.json.decode(raw, type=list[msgspec.Raw])
        except msgspec.ValidationError as error:
            raise PollError(Reason.INVALID, f"{self._name}: {error}") from error
        for single in singles:
            try:
                yield self._shape.single.decode(single)
            except msgspec.ValidationError as error:
                notes.append((self._name, str(error)))

    def _converted(self, values: list[Any], notes: Notes) -> Iterator[Any]:
        for value in values:
            try:
                yield msgspec.convert(value, self._shape.row)
            except msgspec.ValidationError as error:
                notes.append((self._name, str(error)))

    def _distinct(self, rows: Iterable[Any], notes: Notes) -> tuple[M, ...] | None:
        """Translate rows; of several with one id the first stays. Return None where there are some and all are bad."""
        things: dict[str, M] = {}
        before = len(notes)
        told = list(rows)
        columns = self._columns(told, notes)
        ids = filled(columns.get("id") or [UNSET] * len(told), nothing)
        for key, thing in zip(ids, self._made_of(columns, len(told)), strict=True):
            if key is None or key in things:
                why = "no id" if key is None else "duplicate id"  # which one may be a person's
                notes.append((f"{self._name}.{self._id_field}", why))
            else:
                things[key] = thing
        return tuple(things.values()) if things or len(notes) == before else None

    def _made_of(self, columns: Mapping[str, Column], rows: int) -> Iterator[M]:
        """Make a thing of each row, by position: naming the fields of each would take three times as long."""
        columns_by_place = (
            filled(columns[to], default) if to in columns else [default() for _ in range(rows)]
            for to, default in places(self._model)
        )
        return map(self._model, *columns_by_place)

    def _columns(self, rows: Sequence[object], notes: Notes) -> dict[str, Column]:
        """Return the model's fields of all rows: read column by column, which spares most of the work of a row."""
        columns = self._plain(rows, notes) | self._gathered(rows, notes)
        columns |= {to: made(make, columns[to]) for to, make in self._made.items() if to in columns}
        columns |= {to: noted(columns.get(to), len(rows), label, notes) for to, label in self._needed}
        return columns | {each.to: self._listed(each, rows, notes) for each in self._lists}

    def _plain(self, rows: Sequence[object], notes: Notes) -> dict[str, Column]:
        """Return what each row tells of each field; of several feeds the first with a value counts."""
        columns: dict[str, Column] = {to: [value] * len(rows) for to, value in self._always.items()}
        for step in self._steps:
            if step.entry:
                continue
            values = map(step.told, rows)
            before = columns.get(step.to)
            if before is None:
                columns[step.to] = read(list(values), step.read, step.label, notes)
            elif UNSET in before:
                open_ones = [value if told is UNSET else None for value, told in zip(values, before, strict=True)]
                columns[step.to] = over(read(open_ones, step.read, step.label, notes), before)
        return columns

    def _gathered(self, rows: Sequence[object], notes: Notes) -> dict[str, Column]:
        """Return what each row tells of fields that several feeds make up, each its entry."""
        found: defaultdict[str, dict[str, Column]] = defaultdict(dict)
        for step in self._steps:
            if step.entry:
                entries = found[step.to]
                column = read(list(map(step.told, rows)), step.read, step.label, notes)
                entries[step.entry] = over(entries[step.entry], column) if step.entry in entries else column
        return {to: [told or UNSET for told in across(entries)] for to, entries in found.items()}

    def _listed(self, each: _List, rows: Sequence[object], notes: Notes) -> Column:
        """Return the things listed within each row."""
        return [self._within(each, value, notes) for value in map(each.told, rows)]

    def _within(self, each: _List, value: object, notes: Notes) -> object:
        if isinstance(value, list):
            things = each.within._distinct(each.within._converted(value, notes), notes)  # noqa: SLF001 - its own kind
            return UNSET if things is None else things
        if value is not None and value != "":
            notes.append((f"{self._name}.{each.label}", f"no list but {type(value).__name__}"))
        return UNSET
