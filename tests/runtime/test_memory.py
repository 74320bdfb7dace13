"""The garbage collector: frozen objects are not traversed, and garbage among them is collected at the next freeze."""

import gc
import os
import signal
import weakref
from collections.abc import Iterator

import pytest

from exporter.runtime.clock import SystemClock
from exporter.runtime.memory import GarbageFreezer, freeze
from exporter.service import serve
from exporter.settings import Settings


class Cycle:
    """An object that only the garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def unfreeze() -> Iterator[None]:
    yield
    gc.unfreeze()


def is_traversed(item: object) -> bool:
    return any(each is item for each in gc.get_objects())


def test_surviving_objects_are_frozen() -> None:
    cycle = Cycle()
    assert is_traversed(cycle)
    freeze()
    assert not is_traversed(cycle)


def test_garbage_is_collected_before_freezing() -> None:
    reference = weakref.ref(Cycle())
    freeze()
    assert reference() is None


def test_frozen_garbage_is_collected_at_the_next_freeze() -> None:
    cycle = Cycle()
    reference = weakref.ref(cycle)
    freeze()
    del cycle
    gc.collect()
    assert reference() is not None
    freeze()
    assert reference() is None


def test_a_configuration_is_frozen_at_once_and_again_after_its_first_polls() -> None:
    freezer = GarbageFreezer()
    configured = Cycle()
    freezer.configuration_changed()
    assert not is_traversed(configured)
    polled = Cycle()
    assert is_traversed(polled)
    freezer.all_polled()
    assert not is_traversed(polled)
    freezer.stop()
    assert is_traversed(configured)
    assert is_traversed(polled)


def test_later_polls_freeze_nothing_until_the_configuration_changes() -> None:
    freezer = GarbageFreezer()
    freezer.configuration_changed()
    freezer.all_polled()
    later = Cycle()
    freezer.all_polled()
    assert is_traversed(later)
    freezer.configuration_changed()
    changed = Cycle()
    freezer.all_polled()
    assert not is_traversed(changed)


def test_polls_after_the_stop_freeze_nothing() -> None:
    freezer = GarbageFreezer()
    freezer.configuration_changed()
    freezer.stop()
    freezer.all_polled()
    assert gc.get_freeze_count() == 0


async def test_serving_freezes_its_objects_until_it_stops() -> None:
    target = {"name": "one", "vendor": "kpn", "url": "http://127.0.0.1:9"}
    settings = Settings.model_validate({"web": {"listen_address": "127.0.0.1:0"}, "targets": [target]})
    frozen: list[int] = []

    def listening(_url: str) -> None:
        frozen.append(gc.get_freeze_count())
        os.kill(os.getpid(), signal.SIGTERM)

    await serve(settings, SystemClock(), listening=listening)
    assert frozen[0] > 1_000
    assert gc.get_freeze_count() == 0
