"""Replaces text and numbers that may identify a person, a queue or a customer.

Kept are words of the vendor's API, booleans, dates and times, and numbers in fields that the client reads, unless they
identify something or are too long for a count or a duration. All other text and numbers get pseudonyms.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote, unquote

from yarl import URL

from exporter.recording.pseudonyms import Pseudonyms
from exporter.recording.vocabulary import Kind, Vocabulary
from exporter.redaction import contains_secret

# A date, a time, a duration in hours and minutes, or one of ISO 8601.
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    r"|(?:\d{1,3}\.)?\d{1,3}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
    r"|P(?=T?\d)(?:\d{1,3}D)?(?:T(?:\d{1,3}H)?(?:\d{1,4}M)?(?:\d{1,6}(?:\.\d{1,9})?S)?)?"
)
_NUMERIC: Final = re.compile(r"([+-]?\d+)([.,]\d+)? ?%?")
_DIGITS: Final = re.compile(r"\d+")
_WEB: Final = re.compile(r"https?://[^\s/]+", re.IGNORECASE)
# The first part of a word of the API that continues with data, such as `Talking_` or `calls_dispositions_per_day.`.
_HEAD: Final = re.compile(r"([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*?)([_.:|/])(?=.)")
# A figure is a count, a duration of up to 115 days in milliseconds, or a time in seconds; an international telephone
# number is longer. A number of a field that the client does not read may identify a person.
_MOST: Final[Mapping[Kind, float]] = {"figure": 1e10, "known": 1e6, "unknown": 100}
_ARGUMENTS: Final = re.compile(r"([(),='])")
_NEAR_SECONDS: Final = 400 * 86_400.0
_SHORT_KEY: Final = 2
_DIALLED: Final = 5
_LONG: Final = 7


class Anonymiser:
    """Anonymises the values of one recording."""

    def __init__(self, vocabulary: Vocabulary, identities: Iterable[str] = (), now: float = math.inf) -> None:
        """Start with a new random key.

        Args:
            vocabulary: The words of the vendor's API.
            identities: Numbers that identify something, as digits.
            now: The time of the recording, in seconds since the Unix epoch: a number near it is a time, in
                seconds or milliseconds.
        """
        self._vocabulary = vocabulary
        self._now = now
        self._identities = frozenset(identities)
        self._pseudonyms = Pseudonyms()

    def document(self, value: object, kind: Kind = "known") -> object:
        """Return a JSON document with its keys and values anonymised.

        Args:
            value: The document, or a part of it.
            kind: What the part contains, by the key of it.
        """
        within: Kind = "known" if kind == "figure" else kind
        match value:
            case dict():
                # The keys of an object may be data: then its values are what the object is.
                inherited: Kind = "unknown" if any(map(self._vocabulary.contains, value)) else within
                return {self.key(key): self.document(each, self._kind(key, inherited)) for key, each in value.items()}
            case list():
                return [self.document(each, within) for each in value]
            case str():
                return self.text(value, kind)
            case bool() | None:
                return value
            case int() | float():
                return self.number(value, kind)
        return None

    def pseudonym(self, text: str) -> str:
        """Return the pseudonym of a text, even if it is a word of the API."""
        return self._pseudonyms.of_text(text)

    def value(self, name: str, text: str) -> str:
        """Return the text of a field."""
        return self.text(text, self._vocabulary.kind(name))

    def names_header(self, name: str) -> bool:
        """Return whether a header has a name that the vendor's package reads."""
        return self._vocabulary.names_header(name)

    def key(self, key: str) -> str:
        """Return the key of an object; one that is data is replaced."""
        if self._vocabulary.contains(key) or key in self._vocabulary.numeric_keys:
            return key
        if _DIGITS.fullmatch(key):
            is_short = len(key) <= _SHORT_KEY and key not in self._identities
            return key if is_short else self._pseudonyms.of_digits(key)
        return self._word(key)

    def number(self, value: float, kind: Kind) -> float | None:
        """Return a number, None if JSON has none like it; one that may identify a person is replaced."""
        if not math.isfinite(value):
            return None
        # 0 stands for nothing, whatever it is the number of.
        is_small = abs(value) < _MOST.get(kind, 0) and (kind != "unknown" or value == int(value))
        is_time = kind in {"figure", "known"} and any(
            abs(each - self._now) < _NEAR_SECONDS for each in (value, value / 1000)
        )
        is_kept = value == 0 or is_small or is_time
        return value if is_kept else int(self._pseudonyms.of_digits(str(value)))

    def text(self, text: str, kind: Kind = "known") -> str:
        """Return a text, replaced unless it is a word of the API or a harmless value."""
        bare = text.strip()
        if not bare:
            return text
        if kind == "secret" or contains_secret(bare):
            return self._pseudonyms.of_text(bare)
        if _WEB.match(bare):
            return self.url(bare)
        if self._vocabulary.contains(bare) or (is_moment(bare) and kind != "unknown"):
            return text
        numeric = _NUMERIC.fullmatch(bare)
        return self._data(bare) if numeric is None else self._numeric(bare, numeric, kind)

    def url(self, text: str) -> str:
        """Return a URL with another host, and with its path and query anonymised; "" if it is invalid."""
        try:
            url = URL(text)
            origin = url.origin()
        except ValueError:
            return ""
        host = f"{origin.scheme}://{self._pseudonyms.of_text(str(origin.authority))}.invalid"
        has_path = "/" in text.partition("://")[2]
        return f"{host}{self._path(url.raw_path) if has_path else ''}{self._query(url)}"

    def _data(self, text: str) -> str:
        """Return a text that is data; a path keeps the words of the API in it."""
        if text.startswith("/"):
            return self._path(text)
        # A list may be counted, and its items requested singly.
        parts = text.split(",")
        return self._word(text) if len(parts) == 1 else ",".join(self.text(part, "identity") for part in parts)

    def _kind(self, key: str, inherited: Kind) -> Kind:
        return self._vocabulary.kind(key) if self._vocabulary.contains(key) else inherited

    def _numeric(self, bare: str, found: re.Match[str], kind: Kind) -> str:
        digits = found[1].lstrip("+-")
        value = float(f"{found[1]}{(found[2] or '').replace(',', '.')}")
        if kind == "identity" and not found[2] and value:
            return self._pseudonyms.of_digits(digits)
        # Telephone numbers begin with a plus or a zero.
        is_plain = not found[1].startswith("+") and not (digits.startswith("0") and len(digits) >= _DIALLED)
        return bare if is_plain and self.number(value, kind) == value else self._pseudonyms.of_digits(bare)

    def _word(self, text: str) -> str:
        """Return the pseudonym of a text; its first word is kept if it is one of the API."""
        for head in _HEAD.finditer(text):
            if head.start() == 0 and self._vocabulary.contains(head[1]):
                rest = text[head.end() :]
                return f"{head[0]}{rest if self._vocabulary.contains(rest) else self._pseudonyms.of_text(rest)}"
        return self._pseudonyms.of_text(text)

    def _path(self, path: str) -> str:
        path, mark, query = path.partition("?")
        segments = "/".join(quote(self._segment(unquote(each)), safe="<>(),=':") for each in path.split("/"))
        return f"{segments}{self._query(URL(f'/?{query}', encoded=True)) if mark else ''}"

    def _segment(self, segment: str) -> str:
        if not segment or self._vocabulary.contains(segment):
            return segment
        # A function of OData has its arguments in the path.
        return "".join(map(self._part, _ARGUMENTS.split(segment)))

    def _part(self, part: str) -> str:
        if not part or _ARGUMENTS.fullmatch(part) or self._vocabulary.contains(part) or is_moment(part):
            return part
        return self._digits(part) if _DIGITS.fullmatch(part) else self._word(part)

    def _digits(self, digits: str) -> str:
        """Return digits in a path or a query, which are replaced if they are known to identify something or long."""
        identifies = digits in self._identities or len(digits) >= _LONG
        return self._pseudonyms.of_digits(digits) if identifies else digits

    def _query(self, url: URL) -> str:
        pairs = [f"{quote(self.key(name))}={self._values(name, value)}" for name, value in url.query.items()]
        return f"?{'&'.join(pairs)}" if pairs else ""

    def _values(self, name: str, value: str) -> str:
        """Return the values of a parameter, which may be a list."""
        return ",".join(quote(self._value(name, each), safe=":") for each in value.split(","))

    def _value(self, name: str, value: str) -> str:
        kind = self._vocabulary.kind(name)
        if _DIGITS.fullmatch(value) and kind != "identity":
            return self._digits(value)
        return self.text(value, "known" if kind == "unknown" and is_moment(value) else kind)


def without_times(text: str) -> str:
    """Return a text with every time in it replaced by the same word."""
    return _MOMENT.sub("time", text)


def is_moment(text: str) -> bool:
    """Return whether a text is a date, a time or a duration in hours, minutes and seconds."""
    return bool(_MOMENT.fullmatch(text)) or (len(text) > _LONG and _is_date_of_header(text))


def _is_date_of_header(text: str) -> bool:
    # The parser of dates ignores words that it does not know, which may be names.
    if not re.fullmatch(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT", text):
        return False
    try:
        parsedate_to_datetime(text)
    except ValueError:
        return False
    return True


def numbers_of_identities(value: object, vocabulary: Vocabulary, kind: Kind = "known") -> Iterator[str]:
    """Yield the digits of each number that identifies something, by the names of fields."""
    match value:
        case Mapping():
            for key, each in value.items():
                yield from numbers_of_identities(each, vocabulary, vocabulary.kind(key))
        case list():
            for each in value:
                yield from numbers_of_identities(each, vocabulary, kind)
        case bool():
            return
        case int() | str() if kind == "identity" and _DIGITS.fullmatch(str(value).strip()):
            yield str(value).strip()
