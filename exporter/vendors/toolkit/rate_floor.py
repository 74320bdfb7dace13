"""Minimum intervals that outlive a reload: the time of each account's last request is kept for the life of the process.

A vendor limits requests by account, so a new client or a second target with the same account must share the interval.
With a state directory it also outlives a restart. Without one, a process does not know the requests of an earlier one,
and its first request waits for one interval: exporters that restart again and again would break it otherwise.
"""

import hashlib
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakKeyDictionary, WeakSet

import structlog

from exporter.runtime.clock import Clock

_LastRequests = dict[Hashable, float]
log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# By clock, because times of different clocks cannot be compared.
_LAST_REQUESTS: WeakKeyDictionary[Clock, _LastRequests] = WeakKeyDictionary()

_DIRECTORIES: WeakKeyDictionary[Clock, Path] = WeakKeyDictionary()
# An account that was used this recently, as before a reload, has most likely been used by this process only.
_IN_USE_INTERVALS = 2.0
# Clocks of processes that may follow another one whose requests are unknown.
_AFTER_OTHERS: WeakSet[Clock] = WeakSet()


def assume_earlier_requests(clock: Clock) -> None:
    """Regard each account as if it had just been used, for floors that are created from now on."""
    _AFTER_OTHERS.add(clock)


def keep_floors_in(directory: Path, clock: Clock) -> None:
    """Keep the time of each account's last request in a directory, for floors that are created from now on.

    Raises:
        OSError: The directory cannot be used.
    """
    directory.mkdir(parents=True, exist_ok=True)
    probe = directory / ".writable"
    probe.touch()
    probe.unlink()
    _DIRECTORIES[clock] = directory


class Floor:
    """The minimum interval between two requests of one account."""

    def __init__(self, account: Hashable, seconds: float, clock: Clock) -> None:
        """Share the last request with every floor of the same account and clock.

        Args:
            account: The key by which the vendor limits requests; not a secret.
            seconds: The minimum interval after each request.
            clock: Measures the interval.
        """
        self._account = account
        self._seconds = seconds
        self._clock = clock
        self._last_requests = _LAST_REQUESTS.setdefault(clock, {})
        directory = _DIRECTORIES.get(clock)
        self._file = None if directory is None else directory / f"floor-{_digest(account)}"
        if self._file is not None and account not in self._last_requests:
            self._restore(self._file)
        if clock in _AFTER_OTHERS and not self._is_in_use():
            self._last_requests[account] = clock.monotonic()
            log.info("first request delayed by the vendor's minimum interval: the last one is unknown", seconds=seconds)

    def remaining_pause(self) -> float:
        """Return the seconds until the next request is allowed, 0 if it is allowed now."""
        last = self._last_requests.get(self._account)
        return 0.0 if last is None else max(0.0, last + self._seconds - self._clock.monotonic())

    def begin(self) -> None:
        """Record the start of a request."""
        self._last_requests[self._account] = self._clock.monotonic()
        if self._file is not None:
            try:
                self._file.write_text(f"{self._clock.time():.3f}\n")
            except OSError as error:
                # The interval still holds in this process; only the next start does not know of the request.
                log.warning("failed to write the state directory", error=str(error))

    @contextmanager
    def request(self) -> Iterator[None]:
        """Record a request at its start and, after the block, again at its end.

        The end counts because the vendor measures from when the request arrives, which is some time in between.
        """
        self.begin()
        try:
            yield
        finally:
            self.begin()

    def _is_in_use(self) -> bool:
        """Return whether this process requests regularly; otherwise another one may have done so in the meantime."""
        last = self._last_requests.get(self._account, float("-inf"))
        return self._clock.monotonic() - last < _IN_USE_INTERVALS * self._seconds

    def _restore(self, file: Path) -> None:
        """Read when the last process requested; a clock that was set back delays by no more than the interval."""
        try:
            elapsed = max(0.0, self._clock.time() - float(file.read_text()))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.warning("ignoring an invalid state file", path=str(file), error=str(error))
            elapsed = 0.0  # it may have been now
        if elapsed < self._seconds:
            self._last_requests[self._account] = self._clock.monotonic() - elapsed


def _digest(account: Hashable) -> str:
    """Return the name of an account's file, which does not contain the account."""
    return hashlib.sha256(repr(account).encode()).hexdigest()[:32]
