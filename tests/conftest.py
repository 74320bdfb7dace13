"""What every test begins with."""

import pytest

from exporter import redaction


@pytest.fixture(autouse=True)
def _no_secrets_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test's secrets be taken out of what another one shows."""
    monkeypatch.setattr(redaction, "known", redaction.Known())
    redaction.clean_label.cache_clear()
