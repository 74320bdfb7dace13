"""The garbage collector: what is settled is not looked at again, and nothing is lost by that."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from exporter.garbage import settle, unsettle


class Circle:
    """Something that only the garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    unsettle()
    assert gc.get_freeze_count() == 0


def test_what_stays_is_not_looked_at_again() -> None:
    circle = Circle()
    settle()
    assert gc.get_freeze_count() > 0
    assert not any(each is circle for each in gc.get_objects())


def test_what_is_garbage_is_collected_then() -> None:
    gone = weakref.ref(Circle())
    settle()
    assert gone() is None


def test_what_became_garbage_since_is_collected_the_next_time() -> None:
    circle = Circle()
    gone = weakref.ref(circle)
    settle()
    del circle
    gc.collect()
    assert gone() is not None
    settle()
    assert gone() is None
