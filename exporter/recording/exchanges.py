"""What a recording contains: the requests of each target and the answers, in files that people can read."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from exporter import __version__
from exporter.errors import ConfigError, Problem, Reason
from exporter.recording.headers import Headers

VERSION: Final = 1
_PRIVATE: Final = 0o600


class Exchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request and its answer.

    Attributes:
        at: Seconds since the recording began.
        method: The HTTP method.
        url: The URL.
        form: The form in the body of the request.
        json: The JSON document in the body of the request.
        failure: Why there was no answer, None if there was one.
        status: The status code.
        headers: Headers of the answer.
        document: The body, if it is JSON.
        text: The body, if it is not.
    """

    at: float
    method: str
    url: str
    form: Mapping[str, str] | None = None
    json: Any = None
    failure: Reason | None = None
    status: int = 0
    headers: Headers = []
    document: Any = None
    text: str | None = None

    @property
    def body(self) -> bytes:
        """The body of the answer."""
        return json.dumps(self.document, ensure_ascii=False).encode() if self.text is None else self.text.encode()


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """The exchanges of one target.

    Attributes:
        version: The version of the format.
        exporter: The version of the exporter that recorded it.
        vendor: The vendor.
        began: When the recording began, in seconds since the Unix epoch.
        settings: The settings of the target, without the vendor and without secrets.
        exchanges: The requests and answers, in the order of the answers.
    """

    version: int
    exporter: str
    vendor: str
    began: float
    settings: Mapping[str, Any]
    exchanges: Sequence[Exchange]


def new_recording(
    vendor: str, began: float, settings: Mapping[str, object], exchanges: Sequence[Exchange]
) -> Recording:
    """Return a recording of the present version."""
    return Recording(
        version=VERSION, exporter=__version__, vendor=vendor, began=began, settings=settings, exchanges=exchanges
    )


def write(recording: Recording, directory: Path) -> Path:
    """Write a recording to a new file that only the user can read; return its path.

    Raises:
        OSError: The file exists or cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{recording.settings['name']}.json"
    text = json.dumps(msgspec.to_builtins(recording), ensure_ascii=False, indent=1)
    file.touch(_PRIVATE, exist_ok=False)
    file.write_text(f"{text}\n", encoding="utf-8")
    return file


def read_all(directory: Path) -> list[Recording]:
    """Return the recordings in a directory, by the name of their file.

    Raises:
        OSError: A file cannot be read.
        ConfigError: A file is not a recording, or there is none.
    """
    files = sorted(directory.glob("*.json"))
    if not files:
        raise ConfigError((Problem(str(directory), "contains no recording"),))
    return [_read(file) for file in files]


def _read(file: Path) -> Recording:
    try:
        recording = msgspec.json.decode(file.read_bytes(), type=Recording)
    except msgspec.MsgspecError as error:
        raise ConfigError((Problem(str(file), f"not a recording: {error}"),)) from error
    if recording.version != VERSION:
        raise ConfigError((Problem(str(file), f"version {recording.version} of the format is not supported"),))
    return recording
