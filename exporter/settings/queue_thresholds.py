"""Thresholds of queues, by severity."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from exporter.model import SEVERITIES, Severity
from exporter.settings.types import FrozenModel, Text
from exporter.settings.units import Duration

_Count = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Ratio = Annotated[float, Field(ge=0, le=1)]


class SeverityThresholds(FrozenModel):
    """The thresholds of one severity; keys that are not set have no threshold."""

    waiting_contacts: _Count | None = None
    """Upper threshold for the number of waiting contacts."""

    oldest_wait: Duration | None = None
    """Upper threshold for the wait of the longest waiting contact."""

    free_agents: _Count | None = None
    """Lower threshold for the number of free agents."""

    serving_agents: _Count | None = None
    """Lower threshold for the number of agents serving the queue."""

    service_level: _Ratio | None = None
    """Lower threshold for the service level, as a ratio from 0 to 1."""


class QueueThresholds(FrozenModel):
    """Thresholds for the queues whose name or id matches a pattern."""

    queue: Text
    """Pattern for the name or id of queues: `*` matches any text, `?` one character, `[ab]` one of the listed ones."""

    warning: SeverityThresholds = SeverityThresholds()
    """Thresholds of severity `warning`."""

    critical: SeverityThresholds = SeverityThresholds()
    """Thresholds of severity `critical`."""

    def by_severity(self) -> Iterator[tuple[Severity, SeverityThresholds]]:
        """Yield each severity with its thresholds."""
        return zip(SEVERITIES, (self.warning, self.critical), strict=True)
