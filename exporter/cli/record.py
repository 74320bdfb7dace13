"""The command `record`, and `check --replay`: what vendors answered once, and the metrics that follow from it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from exporter import plugins
from exporter.errors import ConfigError, Problem
from exporter.metrics.pages import Exposition, Format
from exporter.recording.exchanges import read_all, write
from exporter.recording.recorder import Recorded, record
from exporter.recording.replay import replay
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Vendor, load_vendor

_ADVICE = "Names, ids and other texts are replaced, and secrets are left out. Read the files before you share them."


def require_new(directory: Path) -> None:
    """Require that a directory contains no recording yet. Raises ConfigError."""
    if any(directory.glob("*.json")):
        raise ConfigError((Problem(str(directory), "contains a recording already; choose another directory"),))


async def record_targets(targets: Iterable[TargetSettings], clock: Clock) -> Mapping[str, Recorded]:
    """Return a recording of each target, by its name; they are recorded one after the other.

    Args:
        targets: The targets.
        clock: The time.

    Raises:
        OSError: A certificate cannot be used.
    """
    return {target.name: await record(target, clock) for target in targets}


def write_recordings(recorded: Mapping[str, Recorded], directory: Path) -> str:
    """Write the recordings, and return a report on them.

    Args:
        recorded: The recordings, by the name of their target.
        directory: Where to write.

    Raises:
        OSError: A file cannot be written.
    """
    lines: list[str] = []
    for name, (recording, polls, _) in recorded.items():
        lines.append(f"{name}: {len(recording.exchanges)} requests in {write(recording, directory)}")
        lines += (f"{name}: {each.name} failed: {polled.failure}" for each, polled in polls.items() if polled.failure)
    return "".join(f"{line}\n" for line in (*lines, _ADVICE))


async def replay_targets(directory: Path, definitions: Iterable[Path] = ()) -> str:
    """Return the metrics of a recording, followed by what was unmapped or failed, as comments.

    Args:
        directory: The directory of the recording.
        definitions: Definitions of vendors that are not installed.

    Raises:
        ConfigError: It is not a recording.
        OSError: A file cannot be read.
    """
    exposition = Exposition(_no_process)
    defined: dict[str, Vendor] = {vendor.name: vendor for vendor in map(plugins.read_definition, definitions)}
    replayed = [
        await replay(recording, defined.get(recording.vendor) or load_vendor(recording.vendor), exposition)
        for recording in read_all(directory)
    ]
    remarks = "".join(f"# {remark}\n" for each in replayed for remark in each.remarks)
    return b"".join(exposition.page(Format.TEXT).pieces).decode() + remarks


def _no_process(_form: Format) -> bytes:
    """Return no metrics of the process, which is not the recorded one."""
    return b""
