"""Wall-clock time turned into simulated time."""

from exporter.runtime.clock import Clock
from exporter.simulator.centre import Centre


class Driver:
    """A centre that lives in step with a clock.

    Nothing runs in the background: whoever looks at the centre lets it catch up first.

    Args:
        centre: The centre, at the moment from which it shall go on.
        clock: The time of the world around it.
        speed: Simulated seconds a second of the clock; 0 stops simulated time.

    Attributes:
        centre: The centre as it last was.
        clock: The time of the world around it.
    """

    def __init__(self, centre: Centre, clock: Clock, *, speed: float = 1.0) -> None:
        if speed < 0:
            message = f"time runs forwards: the speed cannot be {speed}"
            raise ValueError(message)
        self.centre = centre
        self.clock = clock
        self._speed = speed
        self._began = clock.monotonic()
        self._origin = centre.now

    def catch_up(self) -> Centre:
        """Advance the centre to now and return it."""
        elapsed = self.clock.monotonic() - self._began
        # A test may have advanced the centre by hand; then the clock has to make up for it first.
        self.centre.advance(max(self.centre.now, self._origin + elapsed * self._speed))
        return self.centre
