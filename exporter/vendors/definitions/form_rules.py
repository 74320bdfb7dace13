"""What a form must and must not contain for a field of the model."""

from collections.abc import Iterator
from typing import Final

from exporter.runtime.suggest import hint
from exporter.vendors.definitions.forms import (
    Constant,
    Count,
    Extreme,
    Form,
    FromList,
    FromSetting,
    PivotedCounts,
    ReaderName,
    Sum,
)
from exporter.vendors.definitions.language import Setting
from exporter.vendors.definitions.model_fields import Kind, ModelField

_DURATIONS: Final = frozenset({"seconds", "milliseconds", "minutes", "iso_duration", "age", "unix_age", "unix_ms_age"})
_TOTALS: Final = frozenset({"total_seconds", "total_milliseconds", "total_minutes", "total_iso_duration"})
_RATIOS: Final = frozenset({"percentage", "ratio"})
_TEXTS: Final = frozenset({"text", "identifier"})
_NUMBERS: Final = frozenset({"number"})


def mistakes(field: ModelField, form: Form) -> Iterator[str]:
    """Yield each mistake of a form that feeds a field."""
    yield from _wrong_form(field, form)
    yield from _wrong_words(field, form)
    yield from _wrong_reader(field, form)
    yield from _wrong_constants(field, form)


def allowed_readers(field: ModelField) -> frozenset[str]:
    """Return the names of the readers of values for a field."""
    if field.kind is Kind.TEXT:
        return _TEXTS
    if field.kind is Kind.WORD:
        return frozenset()
    if field.is_ratio:
        return _RATIOS
    if field.is_duration:
        return _TOTALS if field.is_total else _DURATIONS
    return _NUMBERS


def default_reader(field: ModelField) -> ReaderName:
    """Return the reader of values for a field if the definition names none."""
    if field.kind is not Kind.TEXT:
        return "number"
    return "identifier" if field.name == "id" else "text"


def _wrong_form(field: ModelField, form: Form) -> Iterator[str]:
    by_word = isinstance(form, PivotedCounts) or (isinstance(form, Count) and form.by is not None)
    counts = field.kind in {Kind.COUNTS, Kind.NAMED_COUNTS}
    if by_word and not counts:
        yield f"{field.name} is one value, not counts by word"
    elif counts and not by_word:
        yield f"{field.name} holds counts by word; use pivot, count with by, or a form for each entry"
    elif field.kind in {Kind.HANDLED, Kind.STRUCT, Kind.WAITS}:
        yield f"expected a form for each entry of {field.name}"
    elif isinstance(form, Count) and not by_word and field.kind is not Kind.FIGURE:
        yield f"{field.name} is not a number"


def _wrong_words(field: ModelField, form: Form) -> Iterator[str]:
    wanted = field.kind in {Kind.WORD, Kind.COUNTS} and not isinstance(form, Constant)
    if wanted and form.words is None:
        yield "needs words: the vendor's words and their values"
    if form.words is not None and field.kind not in {Kind.WORD, Kind.COUNTS, Kind.NAMED_COUNTS}:
        yield f"{field.name} has no fixed words; remove words"
    if form.words is None and (form.unknown is not None or "otherwise" in form.model_fields_set):
        yield "unknown and otherwise need words"
    if field.kind in {Kind.WORD, Kind.COUNTS}:
        meanings = [*(form.words or {}).values(), form.unknown, form.otherwise, form.absent]
        for meaning in dict.fromkeys(meanings):
            if meaning and meaning not in field.words:
                known = hint(meaning, field.words) or f" (known: {', '.join(field.words)})"
                yield f"{field.name} has no value {meaning}{known}"


def _wrong_reader(field: ModelField, form: Form) -> Iterator[str]:
    if isinstance(form, Constant | FromSetting):
        return
    allowed = allowed_readers(field)
    listed = ", ".join(sorted(allowed))
    if form.read is None and (field.is_duration or field.is_ratio) and not isinstance(form, Count):
        yield f"needs read, the unit of the value: {listed}"
    elif form.read is not None and form.read not in allowed:
        yield f"{field.name} cannot be read by {form.read}{f'; use {listed}' if allowed else ''}"


def _wrong_constants(field: ModelField, form: Form) -> Iterator[str]:
    constants = [form.absent, form.value if isinstance(form, Constant) else None]
    if isinstance(form, Constant) and field.kind is Kind.WORD and form.value not in field.words:
        yield f"{field.name} has no value {form.value} (known: {', '.join(field.words)})"
    if field.kind is Kind.FIGURE and not all(each is None or _is_number(each) for each in constants):
        yield f"{field.name} is a number"
    if isinstance(form, Extreme) and (form.least is None) == (form.greatest is None):
        yield "has least and greatest; use one of them"
    if isinstance(form, Extreme) and field.kind is not Kind.FIGURE:
        yield f"{field.name} is not a number"
    if isinstance(form, Sum) and form.where and not isinstance(form.sum, str):
        yield "where needs a sum of the items of one list"
    if isinstance(form, PivotedCounts) and (form.source is None) != (form.id is None):
        yield "from and id belong together"
    if isinstance(form, FromList) and field.name == "id":
        yield "an id cannot be joined from a list"


def setting_mistake(field: ModelField, setting: Setting) -> str:
    """Return why the value of a setting cannot feed a field, "" if it can."""
    if setting.type == "secret":
        return "a secret is not exported"
    is_number = setting.type == "number" or (setting.choices and all(map(_is_number, setting.choices)))
    if field.kind is Kind.FIGURE and not is_number:
        return f"{field.name} is a number"
    if field.kind is Kind.WORD and not (setting.choices and set(setting.choices) <= set(field.words)):
        return f"needs a choice of the values of {field.name}: {', '.join(field.words)}"
    return ""


def _is_number(text: str) -> bool:
    try:
        return float(text) >= 0
    except ValueError:
        return False
