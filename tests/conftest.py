"""Fixtures of every test."""

from collections.abc import Iterator

import pytest
import structlog

from exporter import redaction


@pytest.fixture(autouse=True)
def _no_secrets_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the secrets of one test from being redacted in another."""
    monkeypatch.setattr(redaction, "known", redaction.Known())
    redaction.clean_label.cache_clear()


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Keep a test that runs a command from configuring the log of the next one."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
