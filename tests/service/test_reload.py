"""Reloads: whatever reading the configuration does, the running one continues until another can be read."""

import pytest

from exporter.errors import ConfigError, Problem
from exporter.model import Queue
from exporter.runtime.clock import SystemClock
from exporter.service import Service
from exporter.settings import Settings
from tests.support.fake_vendor import answering, install
from tests.support.programs import eventually


def configured(*names: str) -> Settings:
    return Settings.model_validate(
        {
            "config": {"auto_reload_interval": "10ms"},
            "web": {"listen_address": "127.0.0.1:0"},
            "targets": [{"name": name, "vendor": "fake", "url": "http://127.0.0.1:9"} for name in names],
        }
    )


class File:
    """A configuration file that fails to be read a few times."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._failures = 3

    def load(self) -> Settings:
        if self._failures:
            self._failures -= 1
            raise self._error
        return configured("one", "two")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(
            ConfigError((Problem("contactcenter.yml:3", "not YAML"),)),
            "contactcenter.yml:3: not YAML",
            id="invalid file",
        ),
        pytest.param(KeyError("tenant"), "cannot be read: unexpected KeyError: 'tenant'", id="settings of a vendor"),
        pytest.param(OSError(5, "Input/output error"), "Input/output error", id="disk"),
    ],
)
async def test_a_configuration_that_cannot_be_read_is_read_again_at_the_next_interval(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, {"queues": answering(Queue(id="1"))})
    service = Service(configured("one"), SystemClock(), File(error).load)

    async def is_applied() -> bool | None:
        return [target.name for target in service.replica.own] == ["one", "two"] or None

    await service.start()
    assert message in await service.reload()
    assert await is_applied() is None
    await eventually(is_applied)
    await service.stop()
