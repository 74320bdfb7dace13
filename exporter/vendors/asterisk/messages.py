"""Answers of the Asterisk Manager Interface: messages of `Name: value` lines that an empty line ends.

The values are kept only of the headers that a caller names. The others, among them numbers and names of callers, names
of channels and passwords of trunks, are not decoded.

Source: `main/manager.c`; a value may contain colons and any byte but a line break.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from exporter.errors import PollError, Reason

_LINE_END = b"\r\n"
_MESSAGE_END = b"\r\n\r\n"
_EVENT = b"event"
_RESPONSE = b"response"

Headers = Mapping[str, str]
"""The values of the named headers of one message."""

Wanted = Mapping[str, Sequence[str]]
"""The headers to keep of each event, by its name."""

_ABOUT_THE_ANSWER = ("Response", "Message")
_ABOUT_THE_LIST = ("EventList", "ListItems")


class Event(NamedTuple):
    """One event of an answer.

    Attributes:
        name: Its name.
        headers: The values of the named headers.
        repeated: The named headers that it contains twice with different values. These are left out: a caller may have
            put a line break and a header into a name.
    """

    name: str
    headers: Headers
    repeated: tuple[str, ...] = ()


class Answer(NamedTuple):
    """The answer to one action.

    Attributes:
        headers: The named headers of the response itself.
        events: The named events that follow it, in order.
    """

    headers: Headers
    events: tuple[Event, ...]

    @property
    def is_success(self) -> bool:
        """Whether the action was executed."""
        return self.headers["Response"].casefold() in {"success", "goodbye"}

    @property
    def message(self) -> str:
        """Asterisk's text on the outcome, "" if there is none."""
        return self.headers.get("Message", "")


def parse_answer(body: bytes, action: str, wanted: Wanted, headers: Sequence[str] = ()) -> Answer:
    """Parse the answer to an action.

    Args:
        body: The body of the HTTP response.
        action: The action, for the message of an error.
        wanted: The events to keep, and the headers to keep of each.
        headers: The headers to keep of the response, in addition to its outcome.

    Raises:
        PollError: The body is not an answer of AMI.
    """
    first, *rest = body.lstrip(_LINE_END).split(_MESSAGE_END)
    name, _ = _kind_of(first)
    if name != _RESPONSE:
        raise PollError(Reason.DECODE, f"{action}: {_description(body)}")
    if not rest or rest[-1]:
        raise PollError(Reason.DECODE, f"{action}: the last message is cut off")
    response, _ = _read(first, _index((*_ABOUT_THE_ANSWER, *headers)))
    if "Response" not in response:
        raise PollError(Reason.DECODE, f"{action}: contradictory Response headers")
    return Answer(response, tuple(_events(rest, wanted)))


def items_of(answer: Answer, action: str, complete: str, counted: str = "") -> tuple[Event, ...]:
    """Return the items of a list that is complete.

    Args:
        answer: The answer; its events are the items, and the one that ends the list.
        action: The action, for the message of an error.
        complete: The name of the event that ends the list.
        counted: The header without which an item is not among the announced ones; "" if all are.

    Raises:
        PollError: The end is missing, or announces another number of items than there are.
    """
    if not answer.events or answer.events[-1].name != complete:
        raise PollError(Reason.INVALID, f"{action}: list without its end, {complete}")
    *items, end = answer.events
    if any(item.name == complete for item in items) or end.headers.get("EventList", "").casefold() != "complete":
        raise PollError(Reason.INVALID, f"{action}: list is not complete")
    found = sum(counted in item.headers for item in items) if counted else len(items)
    announced = end.headers.get("ListItems", "none")
    if announced != str(found):
        raise PollError(Reason.INVALID, f"{action}: list of {found} items, {announced[:20]} announced")
    return tuple(items)


def list_headers(complete: str) -> Wanted:
    """Return the headers to keep of the event that ends a list."""
    return {complete: _ABOUT_THE_LIST}


def _events(blocks: Sequence[bytes], wanted: Wanted) -> Iterator[Event]:
    """Yield the named events; others, which a session may receive between them, are skipped."""
    indexes = {name.encode(): (name, _index(headers)) for name, headers in wanted.items()}
    for block in blocks:
        kind, value = _kind_of(block)
        if kind == _EVENT and value in indexes:
            name, index = indexes[value]
            headers, repeated = _read(block, index)
            yield Event(name, headers, repeated)


def _kind_of(block: bytes) -> tuple[bytes, bytes]:
    """Return the name, in lower case, and the value of the first header of a message."""
    name, _, value = block.partition(_LINE_END)[0].partition(b":")
    return name.strip().lower(), value.strip()


def _index(headers: Sequence[str]) -> Mapping[bytes, str]:
    return {header.lower().encode(): header for header in headers}


def _read(block: bytes, index: Mapping[bytes, str]) -> tuple[Headers, tuple[str, ...]]:
    """Return the values of the headers to keep, and the names of those that are repeated with another value."""
    found: dict[str, str] = {}
    repeated: dict[str, None] = {}
    for line in block.split(_LINE_END):
        key, colon, raw = line.partition(b":")
        header = index.get(key.lower()) if colon else None
        if header is None:
            continue
        value = _text(raw.removeprefix(b" "))
        if found.setdefault(header, value) != value:
            repeated[header] = None
    return {header: value for header, value in found.items() if header not in repeated}, tuple(repeated)


def _text(raw: bytes) -> str:
    """Decode a value; Asterisk passes on the bytes of its configuration files and of telephones as they are."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _description(body: bytes) -> str:
    """Return a short description of a body that is not an answer of AMI, for the error message."""
    start = body.lstrip()[:1]
    return "empty, not AMI" if not start else "a web page or XML, not AMI" if start == b"<" else "not AMI"
