"""Drive a simulated centre by a clock."""

from exporter.runtime.clock import Clock
from exporter.simulator.centre import Centre


class Driver:
    """Keeps a centre in step with a clock.

    Nothing runs in the background: callers run `catch_up` before they read the centre.

    Args:
        centre: The centre; it continues from its current time.
        clock: The clock that drives it.
        speed: Simulated seconds per second of the clock; 0 stops simulated time.

    Attributes:
        centre: The centre as of the last `catch_up`.
        clock: The clock that drives it.

    Raises:
        ValueError: The speed is negative.
    """

    def __init__(self, centre: Centre, clock: Clock, *, speed: float = 1.0) -> None:
        if speed < 0:
            message = f"speed must be >= 0, not {speed}"
            raise ValueError(message)
        self.centre = centre
        self.clock = clock
        self._speed = speed
        self._began = clock.monotonic()
        self._began_at = clock.time()
        self._origin = centre.now

    def catch_up(self) -> Centre:
        """Advance the centre to the clock's time and return it."""
        # A test may have advanced the centre itself; it then stands still until the clock has caught up with it.
        self.centre.advance(max(self.centre.now, self._due()))
        return self.centre

    def time_of(self, moment: float) -> float:
        """Return when a simulated moment was, in seconds since the Unix epoch.

        A moment keeps its time: a vendor does not change the dates of the past. Moments before the driver's start are
        as far in the past as they are in the simulation, whatever the speed.

        Args:
            moment: The simulated moment, in seconds.
        """
        ahead = max(0.0, self.centre.now - self._due())
        since = moment - self._origin - ahead
        return self._began_at + (since / self._speed if since > 0 and self._speed else since)

    def _due(self) -> float:
        """Return the simulated time that the clock has reached."""
        return self._origin + (self.clock.monotonic() - self._began) * self._speed
