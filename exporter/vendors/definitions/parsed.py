"""A definition that has been read: its keys and the fields of its resources."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter.vendors.definitions.fields import FieldSpec
from exporter.vendors.definitions.forms import Form
from exporter.vendors.definitions.language import Definition
from exporter.vendors.definitions.model_fields import MODELS, ModelField
from exporter.vendors.definitions.request_keys import ResourceRequest


@dataclass(frozen=True, slots=True)
class ParsedDefinition:
    """A valid definition.

    Attributes:
        definition: Its keys.
        fields: The fields of each resource.
    """

    definition: Definition
    fields: Mapping[str, Sequence[FieldSpec]]


def kinds_of(resource: ResourceRequest) -> Sequence[str]:
    """Return the kinds of rows that a resource describes."""
    return [kind for kind in MODELS if getattr(resource, kind) is not None]


def kind_of(resource: ResourceRequest) -> str:
    """Return the kind of rows of a valid resource."""
    return kinds_of(resource)[0]


def forms_of(fields: Iterable[FieldSpec]) -> Iterator[Form]:
    """Yield every form of fields, those of rows within a record too."""
    return (form for _, form in fed_by(fields))


def fed_by(fields: Iterable[FieldSpec]) -> Iterator[tuple[ModelField, Form]]:
    """Yield every form of fields with the field of the model that it feeds."""
    for spec in fields:
        yield from ((spec.field, form) for form in spec.forms)
        yield from fed_by(spec.inner)
