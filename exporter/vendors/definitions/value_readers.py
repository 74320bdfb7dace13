"""The readers that a definition can name, beyond those of the toolkit."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from exporter.vendors.definitions.forms import ReaderName
from exporter.vendors.toolkit.columns import UNSET
from exporter.vendors.toolkit.readers import (
    LATEST_DATE,
    LONGEST_DURATION,
    NoValueError,
    Reader,
    UnmappedError,
    identifier,
    is_no_value,
    milliseconds,
    number,
    percentage,
    ratio,
    seconds,
    text,
    total_seconds,
    words,
)

_DURATION: Final = re.compile(
    r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12}(?:\.\d{1,9})?)S)?)?", re.ASCII
)
_MILLISECONDS: Final = 1000
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400


class ResponseTime:
    """The time of the response that is being read, against which dates become ages.

    Attributes:
        now: Seconds since the Unix epoch.
        zone: The time zone of dates without an offset.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        """Start at the epoch; each response sets its time."""
        self.now = 0.0
        self.zone = zone

    def age(self, value: object) -> float:
        """Read an ISO 8601 date as its age in seconds.

        Raises:
            NoValueError: It stands for no value.
            UnmappedError: It is not a date, or not a plausible one.
        """
        if is_no_value(value):
            raise NoValueError(value)
        try:
            moment = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
            written = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
            return self._age(written.timestamp(), value)
        except (ValueError, OverflowError) as error:
            raise UnmappedError(value if isinstance(value, str) else type(value).__name__) from error

    def unix_age(self, value: object) -> float:
        """Read seconds since the Unix epoch as their age in seconds. Raises UnmappedError."""
        return self._age(float(number(value)), value)

    def unix_ms_age(self, value: object) -> float:
        """Read milliseconds since the Unix epoch as their age in seconds. Raises UnmappedError."""
        return self._age(number(value) / _MILLISECONDS, value)

    def _age(self, moment: float, value: object) -> float:
        age = self.now - moment
        if not -LATEST_DATE <= age <= LONGEST_DURATION:
            raise UnmappedError(value)
        rounded = round(max(0.0, age), 3)
        return int(rounded) if rounded.is_integer() else rounded


def total_milliseconds(value: object) -> float:
    """Read a sum of milliseconds as seconds; it may exceed a year. Raises UnmappedError."""
    total = number(value)
    whole, rest = divmod(total, _MILLISECONDS)
    return whole if rest == 0 else total / _MILLISECONDS


def total_minutes(value: object) -> float:
    """Read a sum of minutes as seconds; it may exceed a year. Raises UnmappedError."""
    return number(value) * _MINUTE


def total_iso_duration(value: object) -> float:
    """Read an ISO 8601 duration such as `PT1H30M` as seconds; it may exceed a year.

    Raises:
        NoValueError: It stands for no value.
        UnmappedError: It is not a duration in days, hours, minutes and seconds.
    """
    if is_no_value(value):
        raise NoValueError(value)
    written = value.strip().upper() if isinstance(value, str) else ""
    match = _DURATION.fullmatch(written)
    if match is None or written[-1] in "PT":
        raise UnmappedError(value if isinstance(value, str) else type(value).__name__)
    days, hours, minutes, rest = match.groups(default="0")
    fraction = float(rest) if "." in rest else int(rest)
    return int(days) * _DAY + int(hours) * _HOUR + int(minutes) * _MINUTE + fraction


def limited(reader: Callable[[object], float]) -> Reader:
    """Return a reader of a single duration, which no wait or call exceeds, from that of a sum."""

    def read(value: object) -> float:
        duration = reader(value)
        if duration > LONGEST_DURATION:
            raise UnmappedError(value)
        return duration

    return read


def reader_of(name: ReaderName, time: ResponseTime) -> Reader:
    """Return a reader by its name.

    Args:
        name: The name.
        time: The time of the response, for ages.
    """
    readers: dict[ReaderName, Reader] = {
        "age": time.age,
        "unix_age": time.unix_age,
        "unix_ms_age": time.unix_ms_age,
    }
    return readers.get(name) or _READERS[name]


_READERS: Final[Mapping[ReaderName, Reader]] = {
    "text": text,
    "identifier": identifier,
    "number": number,
    "seconds": seconds,
    "milliseconds": milliseconds,
    "minutes": limited(total_minutes),
    "iso_duration": limited(total_iso_duration),
    "total_seconds": total_seconds,
    "total_milliseconds": total_milliseconds,
    "total_minutes": total_minutes,
    "total_iso_duration": total_iso_duration,
    "percentage": percentage,
    "ratio": ratio,
}


def as_word(value: object) -> object:
    """Return a value as it is compared with the words of a definition: true, false and whole numbers are words too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


class WordTable(NamedTuple):
    """The words of a vendor and their values in the model.

    Attributes:
        meanings: The value of each word; None for a word that stands for no value.
        unknown: The value of other words, which are recorded; None to leave them out.
        otherwise: The value of other words if the vendor documents one, which are not recorded; UNSET if it does not.
    """

    meanings: Mapping[str, str | None]
    unknown: str | None = None
    otherwise: object = UNSET

    def reader(self) -> Reader:
        """Return a reader of the words; one that stands for no value is read as UNSET."""
        left_out = {word.casefold() for word, meaning in self.meanings.items() if meaning is None}
        known: dict[str, Any] = {word: meaning for word, meaning in self.meanings.items() if meaning is not None}
        read_known = words(known, self.unknown)

        def read(value: object) -> object:
            word = as_word(value)
            if isinstance(word, str) and word.strip().casefold() in left_out:
                return UNSET
            try:
                return read_known(word)
            except NoValueError:
                raise
            except UnmappedError:
                if self.otherwise is UNSET or not isinstance(word, str):
                    raise
                return UNSET if self.otherwise is None else self.otherwise

        return read
