"""Files that keep what a target's running totals depend on across restarts: one for each target, replaced as a whole.

A file that cannot be read or used is reported and ignored: the totals then continue as without a state directory.
"""

import gzip
import hashlib
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec
import structlog

from exporter.polling.resource_state import ResourceState
from exporter.polling.transition_log import TransitionLog
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_VERSION: Final = 1
_PREFIX, _SUFFIX = "totals-", ".json.gz"
# A target that was removed from the configuration leaves its file behind.
_KEPT_SECONDS: Final = 7 * 86400.0
_REFRESH_SECONDS: Final = 600.0
# Most of the size saved for little time.
_COMPRESSION: Final = 1
_INVALID = (OSError, EOFError, zlib.error, msgspec.MsgspecError)


class TargetState(msgspec.Struct):
    """The state of one target.

    Attributes:
        saved_at: When it was saved, in seconds since the Unix epoch.
        resources: The state of each resource.
    """

    saved_at: float
    resources: dict[str, ResourceState]


class _File(msgspec.Struct):
    """A file; `version` is that of the format of everything in it."""

    version: int
    target: str
    state: msgspec.Raw


class StateFiles:
    """The files of all targets in one directory; its methods wait for the disk."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        """Use a directory, which exists.

        Args:
            directory: The directory, which may also contain other files.
            clock: The time.
        """
        self._directory = directory
        self._clock = clock
        self._failing = TransitionLog(log)
        # What was written last, and when.
        self._written: dict[Path, tuple[bytes, float]] = {}

    def read(self, settings: TargetSettings) -> TargetState | None:
        """Return the state of a target, None if there is none that can be used."""
        path = self._path(settings)
        try:
            content = gzip.decompress(path.read_bytes())
            file = msgspec.json.decode(content, type=_File)
            if file.version != _VERSION:
                raise msgspec.ValidationError(f"version {file.version}, expected {_VERSION}")
            return msgspec.json.decode(file.state, type=TargetState)
        except FileNotFoundError:
            return None
        except _INVALID as error:
            self.report_invalid(settings, error)
            return None

    def report_invalid(self, settings: TargetSettings, error: BaseException) -> None:
        """Log that the state of a target is ignored."""
        path = str(self._path(settings))
        log.warning("ignoring an invalid state file", target=settings.name, path=path, error=str(error))

    def write(self, settings: TargetSettings, resources: dict[str, ResourceState], *, final: bool) -> None:
        """Replace the state of a target; a failure is logged.

        Args:
            settings: The target.
            resources: The state of its resources.
            final: Whether the target has stopped. Otherwise the same state is written again only now and then, so that
                the file shows that it still applies.
        """
        path, now = self._path(settings), self._clock.time()
        digest = hashlib.sha256(msgspec.json.encode(resources)).digest()
        last, written_at = self._written.get(path, (b"", 0.0))
        if not final and last == digest and abs(now - written_at) < _REFRESH_SECONDS:
            return
        state = msgspec.json.encode(TargetState(now, resources))
        content = msgspec.json.encode(_File(_VERSION, settings.name, msgspec.Raw(state)))
        try:
            _replace(path, gzip.compress(content, _COMPRESSION), now)
        except OSError as error:
            self._failing.report({error.errno}, "failed to write the state directory", error=str(error))
        else:
            self._failing.end("the state directory can be written again")
            self._written[path] = digest, now

    def remove_old(self) -> None:
        """Remove the files of targets that have not been written for a week."""
        for path in self._directory.glob(f"{_PREFIX}*{_SUFFIX}*"):
            with suppress(OSError):
                if path.stat().st_mtime < self._clock.time() - _KEPT_SECONDS:
                    path.unlink()

    def _path(self, settings: TargetSettings) -> Path:
        """Return the file of a target: the same contact centre under the same name."""
        key = f"{settings.name}\n{settings.vendor}\n{settings.url}"
        return self._directory / f"{_PREFIX}{hashlib.sha256(key.encode()).hexdigest()[:32]}{_SUFFIX}"


def _replace(path: Path, content: bytes, now: float) -> None:
    """Replace a file in one step, readable by its owner only: totals of single agents are personal data."""
    # Replicas may share the directory, and have the same process id in their containers.
    temporary = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
        os.utime(temporary, (now, now))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
