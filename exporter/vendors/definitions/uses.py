"""What a definition uses of a vendor's API: its requests, their parameters, and the paths that it reads.

A test can compare this with the vendor's machine-readable specification.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from exporter.vendors.definitions.fields import FieldSpec
from exporter.vendors.definitions.form_rules import default_reader
from exporter.vendors.definitions.forms import Count, Extreme, Form, FromList, Join, PivotedCounts, Sum, ValueAt
from exporter.vendors.definitions.model_fields import Kind
from exporter.vendors.definitions.parsed import ParsedDefinition
from exporter.vendors.definitions.paths import parse_path
from exporter.vendors.definitions.request_keys import ListRequest, Pivot, Request, ResourceRequest


@dataclass(frozen=True, slots=True)
class PathUse:
    """A value that a definition reads.

    Attributes:
        path: Its path within a record; items of a list are marked by `[]`.
        reader: The name of its reader, `words` for words, `list` for a list whose items are counted.
        words: The vendor's words that the definition expects there.
    """

    path: str
    reader: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestUse:
    """A request that a definition describes.

    Attributes:
        kind: `lists` or `resources`.
        name: The name of the list or resource.
        method: GET or POST.
        path: Its path, with substitutions.
        query: The names of its query parameters, those of paging too.
        body: The paths of the values in its form or JSON body.
        records: The path of the records; None for the response itself, or if an expression selects them.
        response: Paths of values beside the records, such as that of the next page.
        fields: The values that are read from a record.
    """

    kind: str
    name: str
    method: str
    path: str
    query: tuple[str, ...]
    body: tuple[str, ...]
    records: str | None
    response: tuple[str, ...]
    fields: tuple[PathUse, ...]


def uses_of(parsed: ParsedDefinition) -> Iterator[RequestUse]:
    """Yield every request of a definition."""
    definition = parsed.definition
    for name, listed in definition.lists.items():
        yield _request("lists", name, listed, _of_list(listed))
    for name, resource in definition.resources.items():
        yield _request("resources", name, resource, _of_resource(resource, parsed.fields[name]))


def _request(kind: str, name: str, request: Request, fields: Iterable[PathUse]) -> RequestUse:
    paging = request.paging
    parameters = [] if paging is None else [paging.send, paging.page, paging.offset, paging.size]
    sent = [each for each in parameters if each is not None]
    in_query = paging is None or paging.location == "query"
    read = [] if paging is None else [paging.next, paging.token, paging.pages, paging.total]
    body = [*(request.form or ()), *_body_paths(request.json_body)]
    return RequestUse(
        kind,
        name,
        request.method,
        request.path,
        tuple(dict.fromkeys([*request.query, *(sent if in_query else ())])),
        tuple(dict.fromkeys([*body, *(() if in_query else sent)])),
        request.records,
        tuple(path for path in read if path is not None),
        tuple(dict.fromkeys(fields)),
    )


def _body_paths(body: object, at: str = "") -> Iterator[str]:
    """Yield the path of each value in a JSON body."""
    if isinstance(body, Mapping):
        if set(body) == {"for_each_id"}:
            yield from _body_paths(body["for_each_id"], at)
            return
        for key, value in body.items():
            yield from _body_paths(value, f"{at}.{key}" if at else key)
    elif isinstance(body, list):
        for item in body:
            yield from _body_paths(item, f"{at}[]")
    elif at:
        yield at


def _of_list(listed: ListRequest) -> Iterator[PathUse]:
    yield PathUse(listed.id, "identifier")
    yield from (PathUse(path, "text") for path in listed.keep.values())


def _of_resource(resource: ResourceRequest, fields: Iterable[FieldSpec]) -> Iterator[PathUse]:
    if resource.group_by is not None:
        yield PathUse(resource.group_by, "identifier")
    if resource.only is not None:
        yield PathUse(resource.only.id, "identifier")
    for use in _of_fields(fields):
        yield from _resolved(use, resource.pivots)


def _of_fields(fields: Iterable[FieldSpec], prefix: str = "") -> Iterator[PathUse]:
    for spec in fields:
        for form in spec.forms:
            for use in _of_form(spec, form):
                yield PathUse(f"{prefix}{use.path}", use.reader, use.words)
        if spec.rows is not None:
            yield from _of_fields(spec.inner, f"{prefix}{spec.rows.text}[].")


def _of_form(spec: FieldSpec, form: Form) -> Iterator[PathUse]:
    """Yield the values that a form reads."""
    words = tuple(form.words or ())
    reader = "words" if spec.field.kind is Kind.WORD else form.read or default_reader(spec.field)
    match form:
        case ValueAt(field=paths) | Sum(sum=paths) | Join(join=paths):
            for path in [paths] if isinstance(paths, str) else paths:
                yield PathUse(path, reader, words)
        case Extreme():
            yield from (PathUse(path, reader) for path in form.paths)
        case FromList():
            yield PathUse(form.id, "identifier")
        case Count():
            items = f"{form.count.removesuffix('[]')}[]"
            yield PathUse(items, "list")
            if form.by is not None:
                yield PathUse(f"{items}.{form.by}", "words", words)
        case PivotedCounts(id=str()):
            yield PathUse(form.id or "", "identifier")
        case PivotedCounts():
            items = f"{form.pivot.removesuffix('[]')}[]"
            yield PathUse(f"{items}.{form.key}", "words", words)
            yield PathUse(f"{items}.{form.value}", "number")
    if isinstance(form, Count | Sum):
        yield from _of_conditions(form)


def _of_conditions(form: Count | Sum) -> Iterator[PathUse]:
    """Yield the words by which items are chosen."""
    if isinstance(form, Count):
        items = f"{form.count.removesuffix('[]')}[]"
    else:
        path = form.sum if isinstance(form.sum, str) else form.sum[0]
        items = f"{path.rpartition('[]')[0]}[]"
    for path, words in form.where.items():
        yield PathUse(f"{items}.{path}", "words", (words,) if isinstance(words, str) else words)


def _resolved(use: PathUse, pivots: Mapping[str, Pivot]) -> Iterator[PathUse]:
    """Yield a value of a pivoted object as the value within the list, and the names that it is found by."""
    path = parse_path(use.path)
    pivot = pivots.get(path.root)
    if pivot is None:
        yield use
        return
    keys = [pivot.key] if isinstance(pivot.key, str) else pivot.key
    items = f"{pivot.list.removesuffix('[]')}[]"
    for key, step in zip(keys, path.steps[1:], strict=False):
        yield PathUse(f"{items}.{key}", "words", (step.key,))
    rest = [f"{step.key}{'[]' if step.each else ''}" for step in path.steps[1 + len(keys) :]]
    yield PathUse(".".join((items, *rest)), use.reader, use.words)
