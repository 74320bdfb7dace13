"""Settings of the observation of single contacts."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from exporter.model import Channel
from exporter.settings.types import FrozenModel
from exporter.settings.units import Duration

_MOST_BOUNDS: Final = 40
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
# By channel; that of voice applies to all others.
_WAITS: Final[Mapping[str, Sequence[float]]] = {
    "voice": (5, 10, 15, 20, 30, 45, _MINUTE, 90, 120, 180, 300, 600, 1200),
    "email": (300, 900, 1800, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 2 * _DAY),
}
_HANDLING: Final[Mapping[str, Sequence[float]]] = {
    "voice": (15, 30, _MINUTE, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, _HOUR),
    "email": (_MINUTE, 120, 300, 600, 900, 1800, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY),
}
_WRAP_UP: Final[Mapping[str, Sequence[float]]] = {
    "voice": (5, 10, 15, 20, 30, 45, _MINUTE, 90, 120, 180, 300, 600),
}


def _ascending(bounds: tuple[float, ...]) -> tuple[float, ...]:
    if any(high <= low for low, high in pairwise((0.0, *bounds))):
        raise ValueError("must be greater than 0 and ascending")
    return bounds


Bounds = Annotated[tuple[Duration, ...], Field(min_length=1, max_length=_MOST_BOUNDS), AfterValidator(_ascending)]


class Contacts(FrozenModel):
    """Observation of single contacts. Responses contain customers' personal data; none of it is kept."""

    enabled: bool = False
    """Whether to request single contacts and export histograms of their waits, handling and wrap-up."""

    interval: Annotated[Duration, Field(gt=0)] = _MINUTE
    """Time between two polls of single contacts, if it is longer than that of the target."""

    wait_buckets: dict[Channel, Bounds] = Field(default_factory=dict)
    """Upper bounds of the buckets of waits, by channel; the service-level threshold of a queue is added to them."""

    handle_buckets: dict[Channel, Bounds] = Field(default_factory=dict)
    """Upper bounds of the buckets of handling times, by channel."""

    wrap_up_buckets: dict[Channel, Bounds] = Field(default_factory=dict)
    """Upper bounds of the buckets of wrap-up times, by channel."""

    def waits(self, channel: Channel | Literal[""]) -> Sequence[float]:
        """Return the upper bounds of waits in queues of a channel."""
        return _bounds(channel, self.wait_buckets, _WAITS)

    def handling(self, channel: Channel | Literal[""]) -> Sequence[float]:
        """Return the upper bounds of handling times in queues of a channel."""
        return _bounds(channel, self.handle_buckets, _HANDLING)

    def wrap_up(self, channel: Channel | Literal[""]) -> Sequence[float]:
        """Return the upper bounds of wrap-up times in queues of a channel."""
        return _bounds(channel, self.wrap_up_buckets, _WRAP_UP)


def _bounds(
    channel: str, configured: Mapping[Channel, Sequence[float]], defaults: Mapping[str, Sequence[float]]
) -> Sequence[float]:
    own = dict(defaults)
    own.update((name, bounds) for name, bounds in configured.items())
    return own.get(channel) or own["voice"]
