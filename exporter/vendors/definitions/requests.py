"""Makes requests from their description and the values to substitute."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

from exporter.errors import PollError, Reason
from exporter.vendors.definitions.paths import parse_path
from exporter.vendors.definitions.request_keys import Request
from exporter.vendors.definitions.substitution import Values, substitute, substitute_json

Parameter = tuple[str, str]
_HEADER: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that can be sent.

    Attributes:
        method: GET or POST.
        path: The path below the target's URL, encoded.
        query: The query parameters in order.
        form: The form fields, None for no form.
        json: The JSON body, None for none.
        headers: The headers of this request.
        address: The whole address if it is not made of path and query, as that of a next page.
    """

    method: Literal["GET", "POST"]
    path: str
    query: tuple[Parameter, ...] = ()
    form: Mapping[str, str] | None = None
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    address: str | None = None

    @property
    def name(self) -> str:
        """The request without its query, for messages."""
        return f"{self.method} {self.path}"

    def url(self, base: str) -> str:
        """Return the address below a base URL."""
        if self.address is not None:
            return self.address
        return f"{base}{self.path}{'?' if self.query else ''}{urlencode(self.query, quote_via=quote)}"


def prepare(request: Request, values: Values) -> Prepared:
    """Return a request with its substitutions.

    Args:
        request: Its description.
        values: What is substituted.

    Raises:
        PollError: An id would change the path.
    """
    return Prepared(
        request.method,
        encoded_path(request.path, values),
        tuple(query_of(request.query, values)),
        None if request.form is None else texts_of(request.form, values),
        substitute_json(request.json_body, values),
        texts_of(request.headers, values),
    )


def encoded_path(path: str, values: Values) -> str:
    """Return a path with its substitutions, each encoded, so that none can change the path.

    Raises:
        PollError: A value would be a segment that means another one.
    """
    encoded = substitute(path, values, _segment) or ""
    if any(part in {".", ".."} for part in encoded.split("/")):
        raise PollError(Reason.INVALID, f"an id cannot be part of the path {path}")
    return encoded


def query_of(query: Mapping[str, str | tuple[str, ...]], values: Values) -> Iterator[Parameter]:
    """Yield the parameters of a query; one whose setting is not set is left out."""
    for name, written in query.items():
        for text in [written] if isinstance(written, str) else written:
            found = substitute(text, values)
            if found is not None:
                yield name, found


def texts_of(texts: Mapping[str, str], values: Values) -> dict[str, str]:
    """Return the texts of a form or of headers; one whose setting is not set is left out."""
    found = {name: substitute(text, values) for name, text in texts.items()}
    return {name: text for name, text in found.items() if text is not None}


def require_headers(headers: Mapping[str, str], request: str) -> None:
    """Require that no header contains a line break or another control character.

    Args:
        headers: The headers.
        request: The request, for the message.

    Raises:
        PollError: One does; its value may be a secret and is not part of the message.
    """
    if not all(_HEADER.fullmatch(value) for value in headers.values()):
        raise PollError(Reason.INVALID, f"{request}: a header contains characters that are not allowed")


def with_parameter(request: Prepared, name: str, value: str | int, place: Literal["query", "json"]) -> Prepared:
    """Return a request with a parameter set, in its query or in its JSON body.

    Args:
        request: The request.
        name: The parameter; in a body, a dotted path.
        value: Its value.
        place: Where it is sent.
    """
    if place == "json":
        keys = [step.key for step in parse_path(name).steps]
        return replace(request, json=_with_value(request.json, keys, value))
    others = tuple(pair for pair in request.query if pair[0] != name)
    return replace(request, query=(*others, (name, str(value))))


def with_address(request: Prepared, address: str) -> Prepared:
    """Return the request of a next page at a whole address."""
    return replace(request, address=address)


def _with_value(body: object, keys: list[str], value: object) -> object:
    if not keys:
        return value
    fields = body if isinstance(body, dict) else {}
    return {**fields, keys[0]: _with_value(fields.get(keys[0]), keys[1:], value)}


def _segment(value: str) -> str:
    """Return a value as part of a path segment."""
    return quote(value, safe="")
