"""Tables: which field of a vendor's row feeds which field of the model, and the decoder made of one.

A table is all that is said of a row: the decoder reads only the fields named in it, and the reference in the docs is
made of it. One bad value costs that value and one bad row that row; each is noted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from exporter.errors import PollError, Reason
from exporter.vendors.document import Notes
from exporter.vendors.values import Reader, UnmappedError

M = TypeVar("M", bound=msgspec.Struct)

_LONGEST_NOTE = 80
# Noted in the place of a value that a row does not hold and should.
MISSING = "missing"


class Feed(NamedTuple):
    """One field of a vendor and what it means.

    Attributes:
        field: The vendor's name of it.
        to: The model's field; `agents.busy` is the entry `busy` of the field `agents`.
        read: How its value becomes the model's; a table reads a list of rows within the row.
    """

    field: str
    to: str
    read: "Reader | Table[Any]"


@dataclass(frozen=True, slots=True)
class Table(Generic[M]):
    """How one kind of row becomes one kind of thing.

    Attributes:
        name: What the vendor calls the rows; stands before a field where it is noted.
        model: What a row becomes; it has an `id`.
        feeds: The fields. Of several that feed the same field of the model, the first with a value counts.
        always: Fields of the model that are alike in every row.
        made: How fields of the model are made of the entries that feed them, where they are not kept as a mapping.
        needed: Fields of the model for which something stands in where a row does not tell them: that is noted.
    """

    name: str
    model: type[M]
    feeds: Sequence[Feed]
    always: Mapping[str, object] = field(default_factory=dict)
    made: Mapping[str, Callable[[Mapping[str, Any]], object]] = field(default_factory=dict)
    needed: Sequence[str] = ()


class _Step(NamedTuple):
    slot: str
    to: str
    entry: str
    read: Reader
    label: str


class _List(NamedTuple):
    slot: str
    to: str
    within: "Decoder[Any]"
    label: str


class Decoder(Generic[M]):
    """Reads rows as a table says."""

    def __init__(self, table: Table[M], path: str = "") -> None:
        """Prepare the reading of one kind of row.

        Args:
            table: What is said of it.
            path: Where the rows stand within others, such as `trunks.`, for the notes.
        """
        self._model = table.model
        self._always = table.always
        self._made = table.made
        self._name = path + table.name
        slots = {name: f"f{index}" for index, name in enumerate(dict.fromkeys(feed.field for feed in table.feeds))}
        # Row types are made of the table, so that a field is named once and what is not named is never kept.
        self._row: type[msgspec.Struct] = msgspec.defstruct(
            "Row", [(slot, Any, None) for slot in slots.values()], rename={slot: name for name, slot in slots.items()}
        )
        # Fractions stay digits, for the readers to read: one past the range of floats costs its value, not its row.
        self._rows = msgspec.json.Decoder(list[self._row], float_hook=str)  # type: ignore[name-defined]
        self._single = msgspec.json.Decoder(self._row, float_hook=str)
        self._id_field = next((feed.field for feed in table.feeds if feed.to == "id"), "id")
        labels = {feed.to.partition(".")[0]: feed.field for feed in reversed(table.feeds)}
        self._needed = tuple((to, f"{self._name}.{labels[to]}") for to in table.needed)
        self._steps: list[_Step] = []
        self._lists: list[_List] = []
        for feed in table.feeds:
            if isinstance(feed.read, Table):
                within = Decoder(feed.read, f"{self._name}.")
                self._lists.append(_List(slots[feed.field], feed.to, within, feed.field))
            else:
                to, _, entry = feed.to.partition(".")
                self._steps.append(_Step(slots[feed.field], to, entry, feed.read, feed.field))

    def decode(self, raw: msgspec.Raw, notes: Notes) -> tuple[M, ...]:
        """Read the rows of a JSON array.

        Args:
            raw: The array as it came.
            notes: Receives what had no meaning.

        Raises:
            PollError: It is no array, or has rows of which none can be read; what had no meaning goes with it.
        """
        try:
            rows: Iterable[Any] = self._rows.decode(raw)
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
            row = self._single.decode(raw)
        except msgspec.ValidationError as error:
            raise PollError(Reason.INVALID, f"{self._name}: {error}") from error
        return self._model(**known | self._fields(row, notes))

    def _singly(self, raw: msgspec.Raw, notes: Notes) -> Iterator[Any]:
        """Read row by row, so that a bad one costs no other."""
        try:
            singles = msgspec.json.decode(raw, type=list[msgspec.Raw])
        except msgspec.ValidationError as error:
            raise PollError(Reason.INVALID, f"{self._name}: {error}") from error
        for single in singles:
            try:
                yield self._single.decode(single)
            except msgspec.ValidationError as error:
                notes.append((self._name, str(error)))

    def _converted(self, values: list[Any], notes: Notes) -> Iterator[Any]:
        for value in values:
            try:
                yield msgspec.convert(value, self._row)
            except msgspec.ValidationError as error:
                notes.append((self._name, str(error)))

    def _distinct(self, rows: Iterable[Any], notes: Notes) -> tuple[M, ...] | None:
        """Translate rows; of several with one id the first stays. Return None where there are some and all are bad."""
        things: dict[str, M] = {}
        noted = len(notes)
        for row in rows:
            fields = self._fields(row, notes)
            key = fields.get("id")
            if key is None or key in things:
                why = "no id" if key is None else "duplicate id"  # which one may be a person's
                notes.append((f"{self._name}.{self._id_field}", why))
            else:
                things[key] = self._model(**fields)
        return tuple(things.values()) if things or len(notes) == noted else None

    def _fields(self, row: object, notes: Notes) -> dict[str, Any]:
        """Return the model's fields of one row."""
        fields: dict[str, Any] = dict(self._always)
        for slot, to, entry, read, label in self._steps:
            value = getattr(row, slot)
            if value is None or value == "" or (to in fields and not entry):
                continue
            try:
                meaning = read(value)
            except UnmappedError as unmapped:
                notes.append((f"{self._name}.{label}", str(unmapped)[:_LONGEST_NOTE]))
                meaning = unmapped.instead
                if meaning is None:
                    continue
            if entry:
                fields.setdefault(to, {})[entry] = meaning
            else:
                fields[to] = meaning
        fields.update((to, make(fields[to])) for to, make in self._made.items() if to in fields)
        self._note_missing(fields, notes)
        for slot, to, within, label in self._lists:
            value = getattr(row, slot)
            if isinstance(value, list):
                things = within._distinct(within._converted(value, notes), notes)  # noqa: SLF001 - its own kind
                if things is not None:
                    fields[to] = things
            elif value is not None and value != "":
                notes.append((f"{self._name}.{label}", f"no list but {type(value).__name__}"))
        return fields

    def _note_missing(self, fields: dict[str, Any], notes: Notes) -> None:
        """Note what is needed and nobody told, and let its stand-in stand."""
        for to, label in self._needed:
            if fields.get(to) is None:
                fields.pop(to, None)
                notes.append((label, MISSING))
