"""The public API for vendor packages is complete: what its types consist of is part of it."""

import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import get_args, get_type_hints

import msgspec
import pytest

from exporter import sdk

RECORDS = [
    name
    for name in sdk.__all__
    if inspect.isclass(exported := getattr(sdk, name))
    and (is_dataclass(exported) or issubclass(exported, msgspec.Struct | tuple))
]


def classes_in(annotation: object) -> Iterator[str]:
    """Yield the names of this program's classes that an annotation consists of."""
    if inspect.isclass(annotation) and annotation.__module__.startswith("exporter."):
        yield annotation.__name__
    for each in get_args(annotation):
        yield from classes_in(each)


@pytest.mark.parametrize("name", RECORDS)
def test_the_types_of_its_fields_are_exported_too(name: str) -> None:
    hints = get_type_hints(getattr(sdk, name), localns=vars(sdk))
    found = {each for hint in hints.values() for each in classes_in(hint)}
    assert found <= set(sdk.__all__)


def test_an_id_is_read_as_by_the_vendors_of_this_repository() -> None:
    assert sdk.identifier(" 0123456789abcdef0123456789abcdef ") == "0123456789ABCDEF0123456789ABCDEF"
