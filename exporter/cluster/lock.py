"""The lock replicas compete for: what it contains, and what an implementation provides."""

from dataclasses import dataclass
from typing import Protocol


class LockError(Exception):
    """The lock cannot be read or written."""


class ConflictError(LockError):
    """Another replica updated the lock after it was read."""


@dataclass(frozen=True, slots=True)
class Record:
    """The content of a lock.

    Attributes:
        holder: The identity of the holder, empty if the lock is free.
        duration: The seconds a renewal is valid for.
        acquired: When the holder acquired the lock, in seconds since the epoch; informational.
        renewed: When the holder last renewed the lock, in seconds since the epoch; informational.
        transitions: The number of times the holder changed.
        version: The version of the lock, changed by every write; empty if the lock does not exist yet.
    """

    holder: str
    duration: float
    acquired: float
    renewed: float
    transitions: int = 0
    version: str = ""

    @property
    def was_held(self) -> bool:
        """Whether the lock is or was held since it was created."""
        return bool(self.holder or self.acquired or self.transitions)


class Lock(Protocol):
    """A lock shared by all replicas; a write fails if another replica wrote after the last read."""

    async def read(self) -> Record | None:
        """Return the record, None if the lock does not exist. Raises LockError."""

    async def write(self, record: Record) -> Record:
        """Replace the version in the record, or create the lock if the version is empty. Raises LockError."""

    async def mark_held(self, holder: str) -> bool:
        """Record for good that the lock has a holder, and return whether it is the first one ever.

        The mark outlasts the lock: a lock that is missing although it is marked was deleted. Raises LockError.
        """
