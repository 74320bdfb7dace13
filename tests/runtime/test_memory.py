"""The garbage collector: what is settled is not looked at again, and nothing is lost by that."""

import asyncio
import gc
import os
import signal
import weakref
from collections.abc import Iterator

import pytest

from exporter.runtime import memory
from exporter.runtime.clock import SystemClock
from exporter.runtime.memory import Settling, settle
from exporter.service import serve
from exporter.settings import Settings


class Circle:
    """Something that only the garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def looked_at(thing: object) -> bool:
    return any(each is thing for each in gc.get_objects())


def test_what_stays_is_not_looked_at_again() -> None:
    circle = Circle()
    assert looked_at(circle)
    settle()
    assert not looked_at(circle)


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


async def test_it_settles_at_once_and_again_when_everything_was_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LOOK_EVERY_SECONDS", 0.001)
    asked: list[bool] = []

    def ready() -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    before = Circle()
    settling = Settling(ready)
    settling.begin()
    assert not looked_at(before)
    polled = Circle()
    while asked[-1:] != [True]:
        assert looked_at(polled)
        await asyncio.sleep(0.001)
    assert not looked_at(polled)
    assert asked == [False, False, True]
    settling.end()
    assert looked_at(before)


async def test_it_ends_before_it_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LOOK_EVERY_SECONDS", 0.001)
    settling = Settling(lambda: True)
    settling.begin()
    settling.end()
    await asyncio.sleep(0.01)
    assert gc.get_freeze_count() == 0


async def test_what_is_served_is_settled_until_it_ends() -> None:
    target = {"name": "one", "vendor": "kpn", "url": "http://127.0.0.1:9"}
    settings = Settings.model_validate({"web": {"listen_address": "127.0.0.1:0"}, "targets": [target]})
    frozen: list[int] = []

    def listening(_url: str) -> None:
        frozen.append(gc.get_freeze_count())
        os.kill(os.getpid(), signal.SIGTERM)

    await serve(settings, SystemClock(), listening=listening)
    assert frozen[0] > 1_000
    assert gc.get_freeze_count() == 0
