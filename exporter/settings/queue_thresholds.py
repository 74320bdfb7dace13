"""The levels at which a queue deserves attention, as an operator sets them."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from exporter.model import SEVERITIES, Severity
from exporter.settings.types import FrozenModel, Text
from exporter.settings.units import Duration

_Count = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Ratio = Annotated[float, Field(ge=0, le=1)]


class Levels(FrozenModel):
    """The levels of one severity; what is not given has none."""

    waiting_contacts: _Count | None = None
    """Contacts waiting above which the queue deserves attention."""

    oldest_wait: Duration | None = None
    """Oldest wait above which it does."""

    free_agents: _Count | None = None
    """Free agents below which it does."""

    serving_agents: _Count | None = None
    """Serving agents below which it does."""

    service_level: _Ratio | None = None
    """Service level, from 0 to 1, below which it does."""


class QueueThresholds(FrozenModel):
    """The levels of the queues whose name a pattern fits."""

    queue: Text
    """The queue's name; `*` stands for anything, `?` for one character, `[ab]` for one of some."""

    warning: Levels = Levels()
    """Where to warn."""

    critical: Levels = Levels()
    """Where to page."""

    def by_severity(self) -> Iterator[tuple[Severity, Levels]]:
        """Return the levels of each severity."""
        return zip(SEVERITIES, (self.warning, self.critical), strict=True)
