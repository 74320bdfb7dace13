"""What requests and the sign-in of a definition must fulfil: their keys, substitutions, and what may be a secret."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import jmespath

from exporter.runtime.suggest import hint
from exporter.settings import Place
from exporter.settings.loading.problems import Findings
from exporter.vendors.definitions.language import Definition, Setting
from exporter.vendors.definitions.request_keys import Paging, Request, ResourceRequest
from exporter.vendors.definitions.sign_in import Login, OAuth, Session
from exporter.vendors.definitions.substitution import FOR_EACH, TIMES, parse_text, variables_of

_ALWAYS: Final = frozenset({*TIMES, "timezone"})
_PAGING: Final = ("next", "link", "token", "page", "offset")
_LONGEST_EXPRESSION: Final = 1000


def check_requests(definition: Definition, findings: Findings) -> None:
    """Report what is wrong with the requests and the sign-in."""
    rules = _Rules(definition, findings)
    earlier: list[str] = []
    for name, listed in definition.lists.items():
        rules.check_request(listed, ("lists", name), earlier)
        earlier.append(name)
    for name, resource in definition.resources.items():
        rules.check_request(resource, ("resources", name), earlier)
        rules.check_resource(resource, ("resources", name))
    rules.check_texts(definition.headers, ("headers",), secrets=True)
    rules.check_login(definition.login, ("login",))


class _Rules:
    def __init__(self, definition: Definition, findings: Findings) -> None:
        self._settings = definition.settings
        self._findings = findings

    def check_request(self, request: Request, place: Place, lists: Iterable[str]) -> None:
        """Report mistakes of a request.

        Args:
            request: The request.
            place: Its place.
            lists: The names of the lists that are requested before it.
        """
        for message in _conflicts(request):
            self._findings.add(place, message)
        self._check_ids(request, place, list(lists))
        ids = _ids(request)
        self.check_texts(request.path, (*place, request.method.lower()), more=ids)
        self.check_texts(request.query, (*place, "query"), more=ids)
        self.check_texts(request.form, (*place, "form"), more=ids)
        common, for_each = _parts(request.json_body)
        self.check_texts(common, (*place, "json"), more=ids)
        self.check_texts(for_each, (*place, "json"), more=ids | {"id"} if ids else ids)
        self.check_texts(request.headers, (*place, "headers"), more=ids, secrets=True)
        if request.paging is not None:
            for message in _paging_mistakes(request.paging, request):
                self._findings.add((*place, "paging"), message)
        if request.jmespath is not None and (message := _expression_mistake(request.jmespath)):
            self._findings.add((*place, "jmespath"), message)

    def check_resource(self, resource: ResourceRequest, place: Place) -> None:
        """Report mistakes that only a resource can have."""
        if resource.paced and resource.for_each is None:
            self._findings.add((*place, "paced"), "needs for_each")

    def check_login(self, login: Login, place: Place) -> None:
        """Report mistakes of the sign-in."""
        used = [key for key in ("basic", "header", "oauth", "session") if getattr(login, key) is not None]
        if len(used) > 1:
            self._findings.add(place, f"only one of {', '.join(used)} is possible")
        for key in used:
            at = (*place, key)
            values = getattr(login, key).model_dump(exclude_none=True, by_alias=True)
            public = {name: values.pop(name) for name in ("query", "post", "logout", "token_url") if name in values}
            self.check_texts(public, at)
            self.check_texts(values, at, more=frozenset({"token"}), secrets=True)
        if login.session is not None:
            self._check_session(login.session, (*place, "session"))
        if login.oauth is not None:
            self._check_token_url(login.oauth, (*place, "oauth", "token_url"))

    def check_texts(
        self,
        value: object,
        place: Place,
        *,
        more: frozenset[str] = frozenset(),
        secrets: bool = False,
    ) -> None:
        """Report invalid substitutions.

        Args:
            value: A text, or a value that contains texts.
            place: Its place.
            more: Names of further substitutions.
            secrets: Whether secrets are allowed.
        """
        try:
            names = {variable.name for variable in variables_of(value)}
        except ValueError as error:
            self._findings.add(place, str(error))
            return
        for name in sorted(names - _ALWAYS - more):
            setting = self._settings.get(name)
            if setting is None:
                self._findings.add(place, _unknown(name, self._settings, more))
            elif setting.type == "secret" and not secrets:
                message = f"{{{name}}} is a secret, which is allowed in headers and in the sign-in only"
                self._findings.add(place, message)

    def _check_session(self, session: Session, place: Place) -> None:
        if (session.token is None) != session.cookie:
            self._findings.add(place, "needs either token or cookie: true")
        if (session.token is None) != (session.header is None):
            self._findings.add(place, "a token needs header, which sends it, and a cookie has none")
        if session.form is not None and session.json_body is not None:
            self._findings.add(place, "has a form and json; use one of them")
        logout = session.logout
        if logout is not None and (logout.post is None) == (logout.delete is None):
            self._findings.add((*place, "logout"), "needs either post or delete")

    def _check_token_url(self, oauth: OAuth, place: Place) -> None:
        """Report a token address that is neither a setting of the type url nor an address of its own."""
        try:
            parts = parse_text(oauth.token_url)
        except ValueError:
            return  # reported as a text
        first = parts[0]
        names = {variable.name for variable in variables_of(oauth.token_url)}
        is_setting = len(parts) == 1 and not isinstance(first, str)
        if is_setting and any(self._settings.get(name, _ANY).type != "url" for name in names):
            self._findings.add(place, "is a setting of another type than url")
        if not is_setting and not (isinstance(first, str) and first.startswith(("https://", "http://"))):
            self._findings.add(place, "must be an address such as https://login.example.com/token, or one setting")

    def _check_ids(self, request: Request, place: Place, lists: list[str]) -> None:
        for_each = request.for_each
        if for_each is None:
            return
        at = (*place, "for_each")
        if (for_each.list is None) == (for_each.setting is None):
            self._findings.add(at, "needs either list or setting")
        if for_each.list is not None and for_each.list not in lists:
            known = hint(for_each.list, lists) or f" (known: {', '.join(lists) or 'none'})"
            self._findings.add((*at, "list"), f"unknown list {for_each.list}{known}")
        if for_each.setting is not None and self._settings.get(for_each.setting, _ANY).type != "list":
            self._findings.add((*at, "setting"), f"{for_each.setting} is not a setting of the type list")


_ANY: Final = Setting(type="text")


def _ids(request: Request) -> frozenset[str]:
    """Return the names of the ids that a request may contain."""
    if request.for_each is None:
        return frozenset()
    return frozenset({"ids", "id"}) if request.for_each.batch == 1 else frozenset({"ids"})


def _parts(body: object) -> tuple[list[object], list[object]]:
    """Return the texts of a JSON body that occur once, and those that are repeated for each id."""
    if isinstance(body, dict):
        if body.keys() == {FOR_EACH}:
            return [], [body]
        inner = [_parts(value) for value in body.values()]
    elif isinstance(body, list):
        inner = [_parts(value) for value in body]
    else:
        return [body], []
    return [each for common, _ in inner for each in common], [each for _, repeated in inner for each in repeated]


def _conflicts(request: Request) -> Iterator[str]:
    if (request.get is None) == (request.post is None):
        yield "needs either get or post"
    if request.form is not None and request.json_body is not None:
        yield "has a form and json; use one of them"
    if request.form is not None and request.post is None:
        yield "a form needs post"
    if request.records is not None and request.jmespath is not None:
        yield "has records and jmespath; use one of them"


def _paging_mistakes(paging: Paging, request: Request) -> Iterator[str]:
    used = [key for key in _PAGING if getattr(paging, key)]
    if len(used) != 1:
        yield f"needs exactly one of {', '.join(_PAGING)}"
    if (paging.token is None) != (paging.send is None):
        yield "token and send belong together"
    if (paging.size is None) != (paging.per_page is None):
        yield "size and per_page belong together"
    if paging.pages is not None and paging.total is not None:
        yield "has pages and total; use one of them"
    # An expression may leave out records, or make several of one.
    is_counted = paging.offset or paging.total or (paging.page and not paging.pages)
    if request.jmespath is not None and is_counted:
        yield "offset, total, and page without pages count the records of a page: use records, not jmespath"
    if paging.location == "json" and not isinstance(request.json_body, Mapping):
        yield "in: json needs a JSON body that is a mapping"


def _expression_mistake(expression: str) -> str:
    """Return why a JMESPath expression is invalid, "" if it is valid."""
    if len(expression) > _LONGEST_EXPRESSION:
        return f"longer than {_LONGEST_EXPRESSION} characters"
    try:
        jmespath.compile(expression)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        return f"not a JMESPath expression: {' '.join(str(error).split())}"
    return ""


def _unknown(name: str, settings: Mapping[str, Setting], more: frozenset[str]) -> str:
    if name in {"id", "ids"}:
        return f"{{{name}}} needs for_each"
    known = [*settings, *more]
    listed = f" (settings: {', '.join(settings) or 'none'})"
    return f"unknown substitution {{{name}}}{hint(name, known) or listed}"
