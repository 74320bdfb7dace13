"""The records of a response: found by a path or an expression, grouped, and marked with the id that was asked for."""

from collections.abc import Mapping, Sequence
from typing import Final

import jmespath
import msgspec

from exporter.errors import PollError, Reason
from exporter.vendors.definitions.paths import Path, parse_path
from exporter.vendors.definitions.request_keys import Only, Request
from exporter.vendors.definitions.scope import Scope, known_id
from exporter.vendors.definitions.value_readers import as_word
from exporter.vendors.toolkit.error_text import error_text
from exporter.vendors.toolkit.json_document import Notes, decode_json

_NULL: Final = msgspec.Raw(b"null")
# Only the fields that are needed are decoded further: another one may be invalid.
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NO_ERROR: Final[tuple[object, ...]] = (None, "", False, 0, [], {})
# An expression can repeat one value, and with each pipe double the result.
_MOST_SELECTED: Final = 5_000_000
ALL_VALUES: Final = "*"
"""The last key of a path to all values of an object."""


class ResponseBody:
    """A JSON response; only the needed parts are decoded."""

    def __init__(self, body: bytes, name: str, notes: Notes) -> None:
        """Check that the body is a JSON document that reports no error.

        Args:
            body: The body.
            name: Its name in notes and messages.
            notes: Receives a note if text had to be replaced.

        Raises:
            PollError: It is not JSON, or reports an error.
        """
        self._name = name
        self._notes = notes
        self.whole = decode_json(body, msgspec.Raw, name, notes)
        self._objects: dict[tuple[str, ...], dict[str, msgspec.Raw]] = {}

    def part(self, path: Path) -> msgspec.Raw | None:
        """Return the part that a path leads to, undecoded; None if there is none.

        Raises:
            PollError: A part on the way is not an object.
        """
        found: msgspec.Raw | None = self.whole
        keys = tuple(step.key for step in path.steps)
        for depth, key in enumerate(keys):
            if found is None or bytes(found) == b"null":
                return None
            found = self._object(keys[:depth], found).get(key)
        return found

    def value(self, path: Path) -> object:
        """Return the value that a path leads to; None if there is none. Raises PollError."""
        raw = self.part(path)
        return None if raw is None else decode_json(bytes(raw), object, self._name, self._notes)

    def require_success(self, path: Path, request: str) -> None:
        """Fail if the value at a path reports an error.

        Args:
            path: The path.
            request: The request, for the message.

        Raises:
            PollError: It does.
        """
        error = self.value(path)
        if error not in _NO_ERROR and str(error).strip():
            text = error_text(error.encode() if isinstance(error, str) else msgspec.json.encode(error))
            raise PollError(Reason.INVALID, f"{request} returned an error{f': {text}' if text else ''}")

    def _object(self, place: tuple[str, ...], raw: msgspec.Raw) -> dict[str, msgspec.Raw]:
        if place not in self._objects:
            name = ".".join((self._name, *place))
            self._objects[place] = decode_json(bytes(raw), dict[str, msgspec.Raw], name, self._notes)
        return self._objects[place]


class RecordSelector:
    """Finds the records of responses to one request."""

    def __init__(self, request: Request, name: str) -> None:
        """Prepare the path or the expression.

        Args:
            request: The request.
            name: Name of the records, for notes and messages.
        """
        self._name = name
        self._optional = request.optional
        self._group_by = None if request.group_by is None else parse_path(request.group_by)
        self._expression = None if request.jmespath is None else jmespath.compile(request.jmespath)
        path = None if request.records is None else parse_path(request.records)
        self._by_key = path is not None and path.steps[-1].key == ALL_VALUES
        self._path = path
        if path is not None and self._by_key:
            self._path = Path(path.text, path.steps[:-1]) if len(path.steps) > 1 else None

    def records(self, body: ResponseBody, request: str) -> msgspec.Raw:
        """Return the records, an undecoded JSON array or object.

        Args:
            body: The response.
            request: The request, for messages.

        Raises:
            PollError: The response contains none.
        """
        raw = self._selected(body, request)
        if raw is None:
            if self._optional:
                return msgspec.Raw(b"[]")
            raise PollError(Reason.INVALID, f"{request} returned no {self._path.text if self._path else self._name}")
        if raw == _NULL:
            return msgspec.Raw(b"[]")
        return _by_key(raw, self._name) if self._by_key else raw

    def grouped(self, records: msgspec.Raw) -> msgspec.Raw:
        """Return records with the same value of the grouping path as one record."""
        if self._group_by is None:
            return records
        groups: dict[str, list[bytes]] = {}
        for record in split(records, self._name):
            value = as_word(_record_value(record, self._group_by))
            key = known_id(value)
            if key is not None:
                groups.setdefault(key, []).append(record)
        encode = msgspec.json.encode
        return msgspec.Raw(
            b"["
            + b",".join(b'{"@group":%b,"@rows":[%b]}' % (encode(key), b",".join(rows)) for key, rows in groups.items())
            + b"]"
        )

    def _selected(self, body: ResponseBody, request: str) -> msgspec.Raw | None:
        if self._expression is None:
            return body.whole if self._path is None else body.part(self._path)
        document = decode_json(bytes(body.whole), object, self._name, [])
        try:
            found: object = self._expression.search(document)
        except (jmespath.exceptions.JMESPathError, ValueError, TypeError, RecursionError) as error:
            raise PollError(Reason.INVALID, f"{request}: jmespath: {error}") from error
        if _size(found, {}) > _MOST_SELECTED:
            raise PollError(Reason.LIMIT, f"{request}: jmespath: more than {_MOST_SELECTED} values")
        return msgspec.Raw(msgspec.json.encode(found))


def split(records: msgspec.Raw, name: str) -> Sequence[bytes]:
    """Return the records of a JSON array, each undecoded; a single object is one record.

    Raises:
        PollError: It is neither.
    """
    body = bytes(records).strip()
    if body[:1] == b"{":
        return [body]
    try:
        return [bytes(each) for each in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except msgspec.ValidationError as error:
        raise PollError(Reason.INVALID, f"{name}: {error}") from error


def join(records: Sequence[bytes]) -> msgspec.Raw:
    """Return records as one JSON array."""
    return msgspec.Raw(b"[" + b",".join(records) + b"]")


def marked(records: Sequence[bytes], key: str, value: str) -> list[bytes]:
    """Return records with a text added; a record that is not an object is kept as it is.

    Args:
        records: The records.
        key: The key of the text, such as `@id`.
        value: The text.
    """
    start = b'{"%b":%b' % (key.encode(), msgspec.json.encode(value))
    return [_marked(record.strip(), start) for record in records]


def _marked(record: bytes, start: bytes) -> bytes:
    if record[:1] != b"{":
        return record
    rest = record[1:].lstrip()
    return start + (b"}" if rest == b"}" else b"," + rest)


def _by_key(raw: msgspec.Raw, name: str) -> msgspec.Raw:
    """Return the values of an object as an array, each with its key."""
    values = decode_json(bytes(raw), dict[str, msgspec.Raw], name, [])
    return join([each for key, value in values.items() for each in marked([bytes(value)], "@key", key)])


def values_of(record: bytes, paths: Mapping[str, Path]) -> dict[str, object]:
    """Return the values that paths lead to from a record, by name; None for one that is missing or invalid."""
    try:
        fields = _FIELDS.decode(record)
    except msgspec.ValidationError:
        fields = {}
    return {name: path.value(_field_value(fields.get(path.root))) for name, path in paths.items()}


def _record_value(record: bytes, path: Path) -> object:
    return values_of(record, {"": path})[""]


def _field_value(raw: msgspec.Raw | None) -> object:
    """Return the value of a field; None if there is none, or if it contains a number beyond every range."""
    try:
        return None if raw is None else msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return None


def only_listed(records: msgspec.Raw, only: Only, scope: Scope, name: str) -> msgspec.Raw:
    """Return the records whose id a list contains.

    Args:
        records: The records.
        only: The list, and the path of the id.
        scope: Has the lists.
        name: Name of the records, for messages.
    """
    path, listed = parse_path(only.id), scope.lookups[only.list].values
    return join([record for record in split(records, name) if known_id(_record_value(record, path)) in listed])


def _size(value: object, sizes: dict[int, int]) -> int:
    """Return the number of values within a value; one that is repeated is visited once and counted each time."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in sizes:
        sizes[id(value)] = 1 + sum(
            _size(each, sizes) for each in (value.values() if isinstance(value, dict) else value)
        )
    return sizes[id(value)]
