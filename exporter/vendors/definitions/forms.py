"""The forms of a field: the ways to describe where a value comes from."""

from typing import Final, Literal

from pydantic import Field

from exporter.settings import FrozenModel, Text
from exporter.vendors.definitions.key_types import ListPath, PathText
from exporter.vendors.definitions.paths import parse_path

ReaderName = Literal[
    "text",
    "identifier",
    "number",
    "seconds",
    "milliseconds",
    "minutes",
    "iso_duration",
    "total_seconds",
    "total_milliseconds",
    "total_minutes",
    "total_iso_duration",
    "percentage",
    "ratio",
    "age",
    "unix_age",
    "unix_ms_age",
]
"""Readers, which convert a value of the vendor to one of the model."""

Paths = PathText | tuple[PathText, ...]
Words = dict[str, Text | None]
Where = dict[PathText, Text | tuple[Text, ...]]


class Form(FrozenModel):
    """What all forms have in common."""

    read: ReaderName | None = None
    """Reader of the value."""

    words: Words | None = None
    """The vendor's words and their values in the model."""

    unknown: Text | None = None
    """Value for other words, which are recorded as unmapped."""

    otherwise: Text | None = None
    """Documented value of all other words, null for none; these are not recorded."""

    absent: str | None = None
    """Value if the response contains none."""

    when: dict[Text, Text | tuple[Text, ...]] = Field(default_factory=dict)
    """Values that settings have if the form applies."""

    note: Text | None = None
    """A sentence on its meaning."""


class ValueAt(Form):
    """The value at a path."""

    field: Paths
    """Path of the value; of several, the first with a value counts."""


class Sum(Form):
    """The sum of values."""

    sum: ListPath | tuple[ListPath, ...]
    """Paths of the values, or the path of one in each item of a list."""

    where: Where = Field(default_factory=dict)
    """Words of the items of the list that are added, by path."""


class Extreme(Form):
    """The smallest or the largest of values, those that are there."""

    least: tuple[PathText, ...] | None = Field(default=None, min_length=1)
    """Paths of the values; the smallest counts."""

    greatest: tuple[PathText, ...] | None = Field(default=None, min_length=1)
    """Paths of the values; the largest counts."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the values."""
        return self.least or self.greatest or ()


class Join(Form):
    """Texts joined to one."""

    join: tuple[PathText, ...] = Field(min_length=1)
    """Paths of the texts."""

    separator: str = " "
    """Text between them."""


class Constant(Form):
    """The same value in every record."""

    value: Text
    """The value."""


class FromSetting(Form):
    """The value of a setting."""

    setting: Text
    """Name of the setting."""


class FromList(Form):
    """A value that a list contains for an id."""

    source: Text = Field(alias="from")
    """Name of the list."""

    id: PathText
    """Path of the id."""

    field: Text
    """Name under which the list keeps the value."""


class Count(Form):
    """The number of items of a list."""

    count: ListPath
    """Path of the list."""

    by: PathText | None = None
    """Path of the word by which items are counted."""

    where: Where = Field(default_factory=dict)
    """Words of the items that are counted, by path."""


class PivotedCounts(Form):
    """Counts that a list contains by name."""

    pivot: ListPath
    """Path of the list; within the values that a list keeps, if `from` names one."""

    source: Text | None = Field(default=None, alias="from")
    """Name of a list that keeps the list of counts."""

    id: PathText | None = None
    """Path of the id for which it is kept."""

    key: PathText
    """Path of the name within an item."""

    value: PathText
    """Path of the count within an item."""

    zero: bool = False
    """Whether a word without an item is 0 if the list has an item with another of the words."""

    @property
    def name(self) -> str:
        """The path of the list, behind the name of the list that keeps it."""
        return self.pivot if self.source is None else f"{self.source}.{self.pivot}"


FORMS: Final[dict[str, type[Form]]] = {
    "pivot": PivotedCounts,
    "from": FromList,
    "count": Count,
    "sum": Sum,
    "least": Extreme,
    "greatest": Extreme,
    "join": Join,
    "field": ValueAt,
    "setting": FromSetting,
    "value": Constant,
}
"""The forms by the key that identifies them; the first of these keys decides."""


def paths_of(form: Form) -> tuple[str, ...]:
    """Return the paths of the values of a form, without those within items of a list."""
    match form:
        case ValueAt(field=paths) | Sum(sum=paths) | Join(join=paths):
            return (paths,) if isinstance(paths, str) else paths
        case Extreme():
            return form.paths
        case FromList():
            return (form.id,)
        case Count():
            return (form.count,)
        case PivotedCounts():
            return (form.name,)
    return ()


def joined_value(form: Form) -> tuple[str, str] | None:
    """Return the list whose value a form joins and the name of the value; None if it joins none."""
    match form:
        case FromList():
            return form.source, form.field
        case PivotedCounts(source=str() as source):
            return source, parse_path(form.pivot).root
    return None


ROWS: Final = "rows"
"""The key of a form whose other keys are fields of rows within the record."""


def form_type(keys: object) -> type[Form] | None:
    """Return the form that a mapping describes; None if it describes none."""
    return next((form for key, form in FORMS.items() if isinstance(keys, dict) and key in keys), None)
