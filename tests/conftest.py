"""Fixtures of every test."""

import pytest

from exporter import redaction


@pytest.fixture(autouse=True)
def _no_secrets_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the secrets of one test from being redacted in another."""
    monkeypatch.setattr(redaction, "known", redaction.Known())
    redaction.clean_label.cache_clear()
